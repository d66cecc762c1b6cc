/* The closed loop as a physicist would write it in a day: structure of arrays, simple loops.
 *
 * Compile with -DK=(tones) -DORDER=(poles of the low-pass). Constants let the compiler unroll. */

/* Rows a whole number of 4 KiB pages apart fight for the same places in the cache, by a factor of 2
 * at K = 1024 and depending on where the pages lie; one cache line between them ends it. */
#define ROW (K + 8)

typedef struct {
    double sine[ROW], cosine[ROW];           /* the oscillators ... */
    double turn_sine[ROW], turn_cosine[ROW]; /* ... and their turn per sample */
    double linear[ROW], quadratic[ROW], cubic[ROW];
    double parameters[ROW];
    double filter[ORDER][ROW];
} Loop;

typedef struct {
    double amplitude, gain, a, rate, target, lower, upper;
} Settings;

void advance(Loop *restrict loop, const Settings *restrict settings, long n, double *restrict loss)
{
    const Settings s = *settings;
    for (long t = 0; t < n; t++) {
        double linear = 0, quadratic = 0, cubic = 0;
        for (int k = 0; k < K; k++) {
            double v = loop->parameters[k] + s.amplitude * loop->sine[k];
            linear += loop->linear[k] * v;
            quadratic += loop->quadratic[k] * v;
            cubic += loop->cubic[k] * v;
        }
        double current = linear + quadratic * quadratic + cubic * cubic * cubic;
        double error = current - s.target;
        loss[t] = error * error;
        double signal = s.gain * loss[t];
        for (int k = 0; k < K; k++) {
            double x = signal * loop->sine[k];
            for (int j = 0; j < ORDER; j++) {
                loop->filter[j][k] += s.a * (x - loop->filter[j][k]);
                x = loop->filter[j][k];
            }
            double p = loop->parameters[k] - s.rate * x;
            p = p < s.lower ? s.lower : p;
            loop->parameters[k] = p > s.upper ? s.upper : p;
            double sine = loop->sine[k], cosine = loop->cosine[k];
            loop->sine[k] = sine * loop->turn_cosine[k] + cosine * loop->turn_sine[k];
            loop->cosine[k] = cosine * loop->turn_cosine[k] - sine * loop->turn_sine[k];
        }
    }
}
