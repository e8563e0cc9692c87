// SPDX-License-Identifier: MIT
// mixture.cpp - EM of a diagonal mixture by Armadillo and by VLFeat, each in the precision and with
// the number of threads that is fastest here.
#include "native.hpp"

#include <cstdio>
#include <functional>
#include <map>
#include <memory>

#if defined(HAVE_ARMADILLO)
#include <armadillo>
#endif
#if defined(HAVE_VLFEAT)
extern "C" {
#include <vl/generic.h>
#include <vl/gmm.h>
}
#endif
#if defined(HAVE_ARMADILLO) || defined(HAVE_VLFEAT)
#include <omp.h>

namespace {

const size_t STEPS = 2; // of one call
const double FLOOR = 1e-6;

// Points and a start, in one precision.
template <class T>
struct problem {
    size_t N, P, K;
    std::vector<T> points, weight, mean, variance;
};

template <class T>
problem<T> read_problem(const words &request)
{
    problem<T> p = {
        size_in(request, 2), size_in(request, 3), size_in(request, 4), {}, {}, {}, {}
    };
    const std::vector<float> points = read_floats(request.at(1) + ".points", p.N * p.P);
    const std::vector<double> start = read_doubles(request.at(1) + ".start", p.K * (1 + 2 * p.P));
    const auto mean = start.begin() + static_cast<std::ptrdiff_t>(p.K);
    const auto variance = mean + static_cast<std::ptrdiff_t>(p.K * p.P);

    p.points.assign(points.begin(), points.end());
    p.weight.assign(start.begin(), mean);
    p.mean.assign(mean, variance);
    p.variance.assign(variance, start.end());
    return p;
}

// A mixture that can be refined.
class mixture {
  public:
    mixture() = default;
    mixture(const mixture &) = delete;
    mixture &operator=(const mixture &) = delete;
    virtual ~mixture() = default;
    // So many iterations from the start; 0 is what a call costs besides.
    virtual void run(size_t steps) = 0;
    // A point, after one iteration from the start.
    virtual double log_likelihood() = 0;
    virtual void use(int threads)
    {
        omp_set_num_threads(threads);
    }
};

// One way to run it, and what was found.
struct setting {
    std::shared_ptr<mixture> m;
    int threads = 1;
    double beside = 0.0; // seconds of a call without an iteration
    double step = 0.0;   // seconds of an iteration
    std::string remark;

    double measure(double slice) const
    {
        m->use(threads);
        return (timed(slice, [this] { m->run(STEPS); }) - beside) / static_cast<double>(STEPS);
    }
};

using maker = std::function<std::shared_ptr<mixture>(const words &)>;

struct candidate {
    const char *name;
    maker make;
};

setting best_of(const words &request, const std::vector<candidate> &candidates)
{
    const int most = static_cast<int>(size_in(request, 5));
    setting best;

    for (const candidate &c : candidates) {
        setting s;
        s.m = c.make(request);
        for (s.threads = 1; s.threads <= most; s.threads += most > 1 ? most - 1 : 1) {
            s.m->use(s.threads);
            s.beside = timed(0.0, [&s] { s.m->run(0); });
            s.step = s.measure(0.0);
            char remark[160];
            snprintf(remark, sizeof remark, "%s, %d thread(s)", c.name, s.threads);
            s.remark = remark;
            fprintf(stderr, "bench: %s: %s: %.3f s an iteration\n", request[0].c_str(), remark,
                    s.step);
            if (best.m == nullptr || s.step < best.step)
                best = s;
        }
    }
    char text[80];
    best.m->use(best.threads);
    snprintf(text, sizeof text, ", log-likelihood %.6f", best.m->log_likelihood());
    best.remark += text;
    return best;
}

answer answer_with(const words &request, double slice, const std::vector<candidate> &candidates)
{
    static std::map<words, setting> kept;

    auto found = kept.find(request);
    if (found == kept.end())
        found = kept.emplace(request, best_of(request, candidates)).first;
    const double step = found->second.measure(slice);
    return { step / static_cast<double>(size_in(request, 2)), found->second.remark };
}

} // namespace
#endif

// ---- Armadillo ----------------------------------------------------------------------------------

#if defined(HAVE_ARMADILLO)
namespace {

template <class G, class T>
class armadillo_mixture : public mixture {
    arma::Mat<T> x;
    G start, now;
    arma::uword components;

  public:
    explicit armadillo_mixture(const words &request)
    {
        const problem<T> p = read_problem<T>(request);
        components = p.K;
        x = arma::Mat<T>(p.points.data(), p.P, p.N);
        start.set_params(arma::Mat<T>(p.mean.data(), p.P, p.K),
                         arma::Mat<T>(p.variance.data(), p.P, p.K),
                         arma::Row<T>(p.weight.data(), p.K));
    }

    void run(size_t steps) override
    {
        now = start;
        now.learn(x, components, arma::eucl_dist, arma::keep_existing, 0, steps, FLOOR, false);
    }

    double log_likelihood() override
    {
        run(1);
        return static_cast<double>(now.avg_log_p(x));
    }
};

} // namespace

answer armadillo(const words &request, double slice)
{
    static const std::vector<candidate> candidates = {
        { "fgmm_diag", std::make_shared<armadillo_mixture<arma::fgmm_diag, float>, const words &> },
        { "gmm_diag", std::make_shared<armadillo_mixture<arma::gmm_diag, double>, const words &> },
    };
    return answer_with(request, slice, candidates);
}
#else
answer armadillo(const words &, double)
{
    throw missing{ "libarmadillo-dev" };
}
#endif

// ---- VLFeat -------------------------------------------------------------------------------------

#if defined(HAVE_VLFEAT)
namespace {

template <class T>
class vlfeat_mixture : public mixture {
    problem<T> p;
    VlGMM *gmm;
    double sum = 0.0; // log-likelihood of all points

  public:
    explicit vlfeat_mixture(const words &request)
        : p(read_problem<T>(request)),
          gmm(vl_gmm_new(sizeof(T) == 4 ? VL_TYPE_FLOAT : VL_TYPE_DOUBLE, p.P, p.K))
    {
        vl_gmm_set_covariance_lower_bound(gmm, FLOOR);
    }
    ~vlfeat_mixture() override
    {
        vl_gmm_delete(gmm);
    }

    // Each call ends with one more computation of the responsibilities, as does one without an
    // iteration.
    void run(size_t steps) override
    {
        vl_gmm_set_means(gmm, p.mean.data());
        vl_gmm_set_covariances(gmm, p.variance.data());
        vl_gmm_set_priors(gmm, p.weight.data());
        vl_gmm_set_max_num_iterations(gmm, steps);
        sum = vl_gmm_em(gmm, p.points.data(), p.N);
    }

    double log_likelihood() override
    {
        run(1);
        return sum / static_cast<double>(p.N);
    }

    void use(int threads) override
    {
        omp_set_num_threads(threads);
        vl_set_num_threads(static_cast<vl_size>(threads));
    }
};

} // namespace

answer vlfeat(const words &request, double slice)
{
    static const std::vector<candidate> candidates = {
        { "float", std::make_shared<vlfeat_mixture<float>, const words &> },
        { "double", std::make_shared<vlfeat_mixture<double>, const words &> },
    };
    return answer_with(request, slice, candidates);
}
#else
answer vlfeat(const words &, double)
{
    throw missing{ "libvlfeat-dev" };
}
#endif
