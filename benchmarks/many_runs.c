/* RUNS independent closed loops of K tones side by side, first-order low-pass, in plain C.
 *
 * Compile with -DK=(tones) -DRUNS=(loops). The runs are the innermost loop, which the compiler
 * turns into vectors. */

typedef struct {
    double sine[K][RUNS], cosine[K][RUNS], turn_sine[K][RUNS], turn_cosine[K][RUNS];
    double linear[K][RUNS], quadratic[K][RUNS], cubic[K][RUNS];
    double parameters[K][RUNS], filter[K][RUNS];
} Loops;

typedef struct {
    double amplitude, gain, a, rate, target, lower, upper;
} Settings;

void advance(
    Loops *restrict loop, const Settings *restrict settings, long n, double (*restrict loss)[RUNS])
{
    const Settings s = *settings;
    for (long t = 0; t < n; t++) {
        double linear[RUNS] = {0}, quadratic[RUNS] = {0}, cubic[RUNS] = {0}, signal[RUNS];
        for (int k = 0; k < K; k++)
            for (int r = 0; r < RUNS; r++) {
                double v = loop->parameters[k][r] + s.amplitude * loop->sine[k][r];
                linear[r] += loop->linear[k][r] * v;
                quadratic[r] += loop->quadratic[k][r] * v;
                cubic[r] += loop->cubic[k][r] * v;
            }
        for (int r = 0; r < RUNS; r++) {
            double square = quadratic[r] * quadratic[r], cube = cubic[r] * cubic[r] * cubic[r];
            double error = linear[r] + square + cube - s.target;
            loss[t][r] = error * error;
            signal[r] = s.gain * loss[t][r];
        }
        for (int k = 0; k < K; k++)
            for (int r = 0; r < RUNS; r++) {
                double sine = loop->sine[k][r], cosine = loop->cosine[k][r];
                double y = loop->filter[k][r];
                y += s.a * (signal[r] * sine - y);
                loop->filter[k][r] = y;
                double p = loop->parameters[k][r] - s.rate * y;
                p = p < s.lower ? s.lower : p;
                loop->parameters[k][r] = p > s.upper ? s.upper : p;
                double turn_sine = loop->turn_sine[k][r], turn_cosine = loop->turn_cosine[k][r];
                loop->sine[k][r] = sine * turn_cosine + cosine * turn_sine;
                loop->cosine[k][r] = cosine * turn_cosine - sine * turn_sine;
            }
    }
}
