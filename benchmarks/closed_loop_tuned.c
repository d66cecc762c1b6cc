/* The closed loop by hand, on explicit vectors: the fastest we know how to write.
 *
 * Compile with -DK=(tones) -DORDER=(poles) -DLANES=(1, 4 or 8), -ffast-math but
 * -fno-associative-math: the order of operations below is meant.
 *
 * - Tiles of LANES tones hold all their fields side by side: memory is one stream.
 * - A pole's state is kept over a^j, so that w_j' = (1 - a) w_j + w_{j-1}' is one multiply-add;
 *   the last one is scaled back by `step` = rate a^ORDER.
 * - Up to REGISTERS tiles live in registers for the whole chunk, and all that does not know the
 *   loss is done before it (the feed-through of the low-pass is taken out): from loss to sums it is
 *   multiply-add, clip, multiply-add.
 * - More tiles take one pass per sample: update at sample t, then the sums of sample t + 1. */

#include "vectors.h"

#define TILES ((K + LANES - 1) / LANES)
#define REGISTERS 4

typedef struct {
    vec sine, cosine, turn_sine, turn_cosine, linear, quadratic, cubic, parameters, filter[ORDER];
} Tile;

typedef struct {
    double amplitude, gain, a, rate, target, lower, upper;
} Settings;

typedef struct {
    vec linear, quadratic, cubic;
} Sums;

INLINE void add(Sums *sums, const Tile *tile, vec v)
{
    sums->linear += tile->linear * v;
    sums->quadratic += tile->quadratic * v;
    sums->cubic += tile->cubic * v;
}

INLINE vec loss_of(const Sums *sums, double target)
{
    vec linear = total(sums->linear);
    vec quadratic = total(sums->quadratic), cubic = total(sums->cubic);
    vec error = (linear - splat(target) + quadratic * quadratic) + cubic * cubic * cubic;
    return error * error;
}

INLINE void turn(Tile *tile)
{
    vec sine = tile->sine, cosine = tile->cosine;
    tile->sine = sine * tile->turn_cosine + cosine * tile->turn_sine;
    tile->cosine = cosine * tile->turn_cosine - sine * tile->turn_sine;
}

INLINE double step_of(const Settings *s)
{
    double step = s->rate;
    for (int j = 0; j < ORDER; j++)
        step *= s->a;
    return step;
}

#if TILES <= REGISTERS

INLINE void before_loss(Tile *tile, const Settings *s, double step)
{
    vec known = {0};
    for (int j = 0; j < ORDER; j++)
        known = tile->filter[j] = splat(1 - s->a) * tile->filter[j] + known;
    tile->parameters -= splat(step) * known;
    turn(tile);
}

INLINE void after_loss(Tile *tile, vec sine, vec loss, const Settings *s, double step)
{
    vec x = splat(s->gain) * loss * sine;
    for (int j = 0; j < ORDER; j++)
        tile->filter[j] += x;
    vec slope = splat(step * s->gain) * sine;
    tile->parameters = clip(tile->parameters - loss * slope, s->lower, s->upper);
}

void advance(Tile *restrict memory, const Settings *restrict settings, long n, double *restrict out)
{
    const Settings s = *settings;
    const double step = step_of(&s);
    Tile tiles[TILES];
    Sums sums = {0};
    for (int i = 0; i < TILES; i++) {
        tiles[i] = memory[i];
        add(&sums, &tiles[i], tiles[i].parameters + splat(s.amplitude) * tiles[i].sine);
    }
    for (long t = 0; t < n; t++) {
        Sums next = {0};
        vec sine[TILES];
        for (int i = 0; i < TILES; i++) {
            sine[i] = tiles[i].sine;
            before_loss(&tiles[i], &s, step);
            add(&next, &tiles[i], splat(s.amplitude) * tiles[i].sine);
        }
        vec loss = loss_of(&sums, s.target);
        for (int i = 0; i < TILES; i++) {
            after_loss(&tiles[i], sine[i], loss, &s, step);
            add(&next, &tiles[i], tiles[i].parameters);
        }
        out[t] = FIRST(loss);
        sums = next;
    }
    for (int i = 0; i < TILES; i++)
        memory[i] = tiles[i];
}

#else

INLINE void update(Tile *tile, vec loss, const Settings *s, double step)
{
    vec y = splat(s->gain) * loss * tile->sine;
    for (int j = 0; j < ORDER; j++)
        y = tile->filter[j] = splat(1 - s->a) * tile->filter[j] + y;
    tile->parameters = clip(tile->parameters - splat(step) * y, s->lower, s->upper);
    turn(tile);
}

void advance(Tile *restrict tiles, const Settings *restrict settings, long n, double *restrict out)
{
    const Settings s = *settings;
    const double step = step_of(&s);
    Sums sums = {0};
    for (int i = 0; i < TILES; i++)
        add(&sums, &tiles[i], tiles[i].parameters + splat(s.amplitude) * tiles[i].sine);
    for (long t = 0; t < n; t++) {
        vec loss = loss_of(&sums, s.target);
        out[t] = FIRST(loss);
        sums = (Sums){0};
        for (int i = 0; i < TILES; i++) {
            update(&tiles[i], loss, &s, step);
            add(&sums, &tiles[i], tiles[i].parameters + splat(s.amplitude) * tiles[i].sine);
        }
    }
}

#endif
