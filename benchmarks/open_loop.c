/* Demodulation of a recorded trace with K tones, in plain C: structure of arrays, simple loops.
 *
 * Compile with -DK=(tones) -DWINDOW=(samples per output) -DORDER=(poles of the low-pass, or 0 for
 * the mean over each window). */

/* One cache line between rows, so that they do not fight for the same places in the cache. */
#define ROW (K + 8)
#define ROWS (ORDER > 0 ? ORDER : 1)

typedef struct {
    double sine[ROW], cosine[ROW], turn_sine[ROW], turn_cosine[ROW];
    double in_phase[ROWS][ROW], quadrature[ROWS][ROW];
} Bank;

void extract(Bank *restrict bank, double a, long n, const double *restrict trace,
    double *restrict in_phase, double *restrict quadrature)
{
    for (long t = 0; t < n; t++) {
        for (int k = 0; k < K; k++) {
            double sine = bank->sine[k], cosine = bank->cosine[k];
            double i = 2 * trace[t] * sine, q = 2 * trace[t] * cosine;
            if (ORDER == 0) {
                bank->in_phase[0][k] += i;
                bank->quadrature[0][k] += q;
            }
            for (int j = 0; j < ORDER; j++) {
                i = bank->in_phase[j][k] += a * (i - bank->in_phase[j][k]);
                q = bank->quadrature[j][k] += a * (q - bank->quadrature[j][k]);
            }
            bank->sine[k] = sine * bank->turn_cosine[k] + cosine * bank->turn_sine[k];
            bank->cosine[k] = cosine * bank->turn_cosine[k] - sine * bank->turn_sine[k];
        }
        if ((t + 1) % WINDOW)
            continue;
        for (int k = 0; k < K; k++) {
            *in_phase++ = bank->in_phase[ROWS - 1][k] * (ORDER ? 1.0 : 1.0 / WINDOW);
            *quadrature++ = bank->quadrature[ROWS - 1][k] * (ORDER ? 1.0 : 1.0 / WINDOW);
            if (ORDER == 0)
                bank->in_phase[0][k] = bank->quadrature[0][k] = 0;
        }
    }
}
