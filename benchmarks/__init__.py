"""Speed of compiled graphs beside what people would write instead; run by ``make bench``."""
