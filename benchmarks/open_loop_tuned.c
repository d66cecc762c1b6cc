/* Demodulation of a recorded trace with K tones by hand: TILES registers of tones at a time, with
 * oscillators and filters in registers for a whole window.
 *
 * Compile with -DK=(tones) -DWINDOW=(samples per output) -DORDER=(poles, or 0 for the mean over
 * each window) -DLANES=8 -DTILES=(registers at a time). Poles are kept over a^j, so that each is
 * one multiply-add: w_j' = (1 - a) w_j + w_{j-1}'. */

#include "vectors.h"

#define ROWS (ORDER > 0 ? ORDER : 1)

typedef struct {
    vec sine, cosine, turn_sine, turn_cosine, in_phase[ROWS], quadrature[ROWS];
} Tile;

INLINE void sample(Tile *tile, vec x, vec decay)
{
    vec sine = tile->sine, cosine = tile->cosine;
    vec i = x * sine, q = x * cosine;
    if (ORDER == 0) {
        tile->in_phase[0] += i;
        tile->quadrature[0] += q;
    }
    for (int j = 0; j < ORDER; j++) {
        i = tile->in_phase[j] = decay * tile->in_phase[j] + i;
        q = tile->quadrature[j] = decay * tile->quadrature[j] + q;
    }
    tile->sine = sine * tile->turn_cosine + cosine * tile->turn_sine;
    tile->cosine = cosine * tile->turn_cosine - sine * tile->turn_sine;
}

/* Outputs have shape (windows, tiles * LANES). */
void extract(Tile *restrict memory, double a, long n, const double *restrict trace,
    vec *restrict in_phase, vec *restrict quadrature)
{
    const long all = ((K + LANES - 1) / LANES + TILES - 1) / TILES * TILES;
    double scale = ORDER ? 2 : 2.0 / WINDOW;
    for (int j = 0; j < ORDER; j++)
        scale *= a;
    for (long window = 0; window < n / WINDOW; window++)
        for (long first = 0; first < all; first += TILES) {
            Tile tiles[TILES];
            for (int i = 0; i < TILES; i++)
                tiles[i] = memory[first + i];
            for (long t = 0; t < WINDOW; t++)
                for (int i = 0; i < TILES; i++)
                    sample(&tiles[i], splat(trace[window * WINDOW + t]), splat(1 - a));
            for (int i = 0; i < TILES; i++) {
                in_phase[window * all + first + i] = splat(scale) * tiles[i].in_phase[ROWS - 1];
                quadrature[window * all + first + i] = splat(scale) * tiles[i].quadrature[ROWS - 1];
                if (ORDER == 0)
                    tiles[i].in_phase[0] = tiles[i].quadrature[0] = (vec){0};
                memory[first + i] = tiles[i];
            }
        }
}
