"""The inverse of the normal distribution function, for use in steps."""

from __future__ import annotations

import math

from numba.extending import register_jitable

# Wichura (1988), "Algorithm AS 241: the percentage points of the normal distribution", Applied
# Statistics 37, 477: rational approximations of degree 7 in three regions, lowest power first.
_CENTRE = (
    (3.3871328727963666080, 1.3314166789178437745e2, 1.9715909503065514427e3,
     1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
     3.3430575583588128105e4, 2.5090809287301226727e3),
    (1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
     2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4,
     5.2264952788528545610e3),
)  # fmt: skip
_SHOULDER = (
    (1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550,
     3.64784832476320460504, 1.27045825245236838258, 2.41780725177450611770e-1,
     2.27238449892691845833e-2, 7.74545014278341407640e-4),
    (1.0, 2.05319162663775882187, 1.67638483018380384940, 6.89767334985100004550e-1,
     1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
     1.05075007164441684324e-9),
)  # fmt: skip
_TAIL = (
    (6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580,
     2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
     2.71155556874348757815e-5, 2.01033439929228813265e-7),
    (1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
     7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
     2.04426310338993978564e-15),
)  # fmt: skip


@register_jitable
def standard_normal(probability: float) -> float:
    """Return z of which a standard normal variable is below with this probability, 0 < p < 1.

    The relative error is below 2e-15.
    """
    q = probability - 0.5
    if abs(q) <= 0.425:
        x = 0.180625 - q * q
        return q * _horner(x, *_CENTRE[0]) / _horner(x, *_CENTRE[1])
    # The smaller of the two tails keeps all digits.
    r = math.sqrt(-math.log(probability if q < 0.0 else 1.0 - probability))
    if r <= 5.0:
        z = _horner(r - 1.6, *_SHOULDER[0]) / _horner(r - 1.6, *_SHOULDER[1])
    else:
        z = _horner(r - 5.0, *_TAIL[0]) / _horner(r - 5.0, *_TAIL[1])
    return -z if q < 0.0 else z


@register_jitable
def _horner(
    x: float,
    c0: float,
    c1: float,
    c2: float,
    c3: float,
    c4: float,
    c5: float,
    c6: float,
    c7: float,
) -> float:
    # Spelt out, since a loop over a tuple would copy it at every call.
    return c0 + x * (c1 + x * (c2 + x * (c3 + x * (c4 + x * (c5 + x * (c6 + x * c7))))))
