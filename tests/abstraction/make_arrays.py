#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write arrays/reference.h: rows, and what scikit-learn and NumPy make of them in double.

Run from anywhere: python3 tests/abstraction/make_arrays.py
Made with scikit-learn 1.2.1 and NumPy 1.24.2. The rows are integers, to be divided by SCALE, so
that they are the same floats everywhere.
"""
import os
import warnings

import numpy as np
from sklearn.mixture import GaussianMixture

SCALE = 256
FLOOR = 1e-4
STEPS = 12
N, D, K = 500, 5, 4
P = 3


def rows(rng):
    """Four overlapping clouds of unlike shape; dimension 4 follows dimension 0."""
    centre = rng.uniform(-3, 3, (K, D))
    spread = rng.uniform(0.3, 1.5, (K, D))
    which = rng.choice(K, N, p=[0.4, 0.3, 0.2, 0.1])
    x = centre[which] + spread[which] * rng.standard_normal((N, D))
    x[:, 4] = 0.5 * x[:, 0] + 0.4 * x[:, 4]
    return np.round(x * SCALE).astype(int)


def mixture(x, rng):
    weights = np.full(K, 1 / K)
    means = x[rng.choice(N, K, replace=False)]
    variances = np.ones((K, D))
    model = GaussianMixture(K, covariance_type='diag', tol=0, reg_covar=FLOOR, max_iter=STEPS,
                            weights_init=weights, means_init=means,
                            precisions_init=1 / variances, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')  # it did not converge, and was not meant to
        model.fit(x)
    return means, model


def array(f, name, values, kind='double'):
    values = np.asarray(values)
    shape = ''.join(f'[{n}]' for n in values.shape)
    text = [str(int(v)) if kind != 'double' else repr(float(v)) for v in values.ravel()]
    f.write(f'static const {kind} {name}{shape} = {{\n')
    width = values.shape[-1]
    for i in range(0, len(text), width):
        row = ', '.join(text[i:i + width])
        f.write(f'    {{ {row} }},\n' if values.ndim == 2 else f'    {row},\n')
    f.write('};\n')


def main():
    rng = np.random.default_rng(20210718)
    whole = rows(rng)
    x = whole / SCALE
    means, model = mixture(x, rng)
    centred = x - x.mean(0)
    value, vector = np.linalg.eigh(centred.T @ centred / (N - 1))
    value, vector = value[::-1], vector[:, ::-1].T
    sign = np.sign(vector[np.arange(D), np.abs(vector).argmax(1)])
    out = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'arrays', 'reference.h')
    with open(out, 'w') as f:
        f.write('/* SPDX-License-Identifier: MIT */\n')
        f.write('/* Made by make_arrays.py, which says what this is. */\n')
        f.write('/* clang-format off */\n')
        f.write(f'enum {{ REF_N = {N}, REF_D = {D}, REF_K = {K}, REF_P = {P}, REF_STEPS = {STEPS}, '
                f'REF_SCALE = {SCALE} }};\n')
        f.write(f'static const double ref_floor = {FLOOR};\n')
        array(f, 'ref_rows', whole, 'int16_t')
        array(f, 'ref_start_mean', means)
        array(f, 'ref_weight', model.weights_)
        array(f, 'ref_mean', model.means_)
        array(f, 'ref_variance', model.covariances_)
        f.write(f'/* before the last step, and after it */\n')
        f.write(f'static const double ref_last_score = {model.lower_bound_!r};\n')
        f.write(f'static const double ref_score = {model.score(x)!r};\n')
        array(f, 'ref_label', model.predict(x).reshape(-1, 25), 'uint16_t')
        array(f, 'ref_pca_mean', x.mean(0))
        array(f, 'ref_pca_axes', (vector * sign[:, None])[:P])
        array(f, 'ref_pca_variance', value[:P])
        f.write(f'static const double ref_pca_total = {value.sum()!r};\n')


if __name__ == '__main__':
    main()
