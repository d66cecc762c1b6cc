/* Explicit vectors of LANES doubles, by the extensions that gcc and clang share. */

#ifdef __x86_64__
#include <immintrin.h>
#endif

#if LANES == 1
typedef double vec;
#define FIRST(x) (x)
#else
typedef double vec __attribute__((vector_size(8 * LANES), aligned(8 * LANES)));
#define FIRST(x) ((x)[0])
#endif

#define INLINE static inline __attribute__((always_inline))

INLINE vec splat(double x) { return x - (vec){0}; }

/* By arithmetic, not by a branch: the time per sample does not depend on the data. */
INLINE vec clip(vec x, double lower, double upper)
{
#if LANES == 8 && defined __AVX512F__
    __m512d low = _mm512_max_pd((__m512d)x, _mm512_set1_pd(lower));
    return (vec)_mm512_min_pd(low, _mm512_set1_pd(upper));
#elif LANES == 4 && defined __AVX__
    __m256d low = _mm256_max_pd((__m256d)x, _mm256_set1_pd(lower));
    return (vec)_mm256_min_pd(low, _mm256_set1_pd(upper));
#elif LANES == 1
    return __builtin_fmin(__builtin_fmax(x, lower), upper);
#else
    for (int k = 0; k < LANES; k++) {
        x[k] = x[k] < lower ? lower : x[k];
        x[k] = x[k] > upper ? upper : x[k];
    }
    return x;
#endif
}

/* The sum of all lanes, in all lanes: what follows needs no broadcast. */
INLINE vec total(vec x)
{
#if LANES == 8
    x += __builtin_shufflevector(x, x, 4, 5, 6, 7, 0, 1, 2, 3);
    x += __builtin_shufflevector(x, x, 2, 3, 0, 1, 6, 7, 4, 5);
    x += __builtin_shufflevector(x, x, 1, 0, 3, 2, 5, 4, 7, 6);
#elif LANES == 4
    x += __builtin_shufflevector(x, x, 2, 3, 0, 1);
    x += __builtin_shufflevector(x, x, 1, 0, 3, 2);
#elif LANES != 1
#error "LANES is 1, 4 or 8"
#endif
    return x;
}
