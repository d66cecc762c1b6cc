/* The closed loop around a network of relu units, by hand.
 *
 * Compile with -DK=(tones, at most 8) -DORDER=(poles) -DHIDDEN=(hidden layers) -DUNITS=(per layer)
 * -DNUMBER=(double or float) -DSPARSE=(1 to skip units that relu has zeroed, 0 to take all).
 * The loop is in double in any case, the network in NUMBER.
 *
 * Weights stand as the bias of all units, then per input its weights to all units, filled up to
 * whole registers: a layer is a sum of rows, kept in registers until it is done. The last layer is
 * one row, after its bias. */

#ifdef __x86_64__
#include <immintrin.h>
#endif

typedef NUMBER number;
typedef number vec __attribute__((vector_size(64), aligned(64)));

#define LANES (64 / (int)sizeof(number))
#define VECTORS ((UNITS + LANES - 1) / LANES)
#define WIDTH (VECTORS * LANES)
#define INLINE static inline __attribute__((always_inline))

typedef struct {
    double sine[K], cosine[K], turn_sine[K], turn_cosine[K], parameters[K], filter[ORDER][K];
} Loop;

typedef struct {
    double amplitude, gain, a, rate, target, lower, upper, amplification;
} Settings;

/* Values of a layer that are not 0, and where their weights begin. */
typedef struct {
    number value[WIDTH + LANES];
    int row[WIDTH + LANES];
} Inputs;

INLINE int all_of(const number *h, int count, Inputs *inputs)
{
    for (int i = 0; i < count; i++) {
        inputs->value[i] = h[i];
        inputs->row[i] = i;
    }
    return count;
}

INLINE int positive_of(const number *h, Inputs *inputs)
{
    int count = 0;
#ifdef __AVX512F__
    for (int first = 0; first < WIDTH; first += LANES) {
        const __m512i index = _mm512_add_epi32(_mm512_set1_epi32(first),
            _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
        unsigned mask;
        if (sizeof(number) == 8) {
            __m512d x = _mm512_loadu_pd((const double *)(h + first));
            mask = _mm512_cmp_pd_mask(x, _mm512_setzero_pd(), _CMP_GT_OQ);
            __m512d packed = _mm512_maskz_compress_pd((__mmask8)mask, x);
            _mm512_storeu_pd((double *)(inputs->value + count), packed);
        } else {
            __m512 x = _mm512_loadu_ps((const float *)(h + first));
            mask = _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_GT_OQ);
            __m512 packed = _mm512_maskz_compress_ps((__mmask16)mask, x);
            _mm512_storeu_ps((float *)(inputs->value + count), packed);
        }
        __m512i rows = _mm512_maskz_compress_epi32((__mmask16)mask, index);
        if (sizeof(number) == 8)
            _mm256_storeu_si256((__m256i *)(inputs->row + count), _mm512_castsi512_si256(rows));
        else
            _mm512_storeu_si512(inputs->row + count, rows);
        count += __builtin_popcount(mask);
    }
#else
    for (int i = 0; i < UNITS; i++) {
        /* Always write, sometimes count: a branch would be guessed wrong half of the time. */
        inputs->value[count] = h[i];
        inputs->row[count] = i;
        count += h[i] > 0;
    }
#endif
    return count;
}

/* Writes relu(W h + b), filled up with zeros. */
INLINE void layer(const number *restrict weights, const Inputs *inputs, int count, number *out)
{
    const vec *row = (const vec *)weights;
    vec even[VECTORS], odd[VECTORS];
    for (int j = 0; j < VECTORS; j++) {
        even[j] = row[j];
        odd[j] = (vec){0};
    }
    int i = 0;
    for (; i + 1 < count; i += 2) {
        const vec *first = row + (1 + inputs->row[i]) * VECTORS;
        const vec *second = row + (1 + inputs->row[i + 1]) * VECTORS;
        for (int j = 0; j < VECTORS; j++) {
            even[j] += inputs->value[i] * first[j];
            odd[j] += inputs->value[i + 1] * second[j];
        }
    }
    for (; i < count; i++)
        for (int j = 0; j < VECTORS; j++)
            even[j] += inputs->value[i] * row[(1 + inputs->row[i]) * VECTORS + j];
    for (int j = 0; j < VECTORS; j++) {
        vec sum = even[j] + odd[j];
        for (int l = 0; l < LANES; l++)
            out[j * LANES + l] = sum[l] > 0 ? sum[l] : 0;
    }
}

INLINE double network(const number *restrict weights, const number *voltage)
{
    number h[WIDTH + LANES] __attribute__((aligned(64)));
    Inputs inputs;
    int count = all_of(voltage, K, &inputs);
    layer(weights, &inputs, count, h);
    weights += (1 + K) * WIDTH;
    for (int depth = 1; depth < HIDDEN; depth++) {
        count = SPARSE ? positive_of(h, &inputs) : all_of(h, UNITS, &inputs);
        layer(weights, &inputs, count, h);
        weights += (1 + UNITS) * WIDTH;
    }
    number sum = weights[0];
    for (int i = 0; i < UNITS; i++)
        sum += weights[1 + i] * h[i];
    return sum;
}

void advance(Loop *restrict loop, const Settings *restrict settings, long n, double *restrict loss,
    const number *restrict weights)
{
    const Settings s = *settings;
    for (long t = 0; t < n; t++) {
        number voltage[K];
        for (int k = 0; k < K; k++)
            voltage[k] = loop->parameters[k] + s.amplitude * loop->sine[k];
        double error = s.amplification * network(weights, voltage) - s.target;
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
