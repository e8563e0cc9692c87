// SPDX-License-Identifier: MIT
// neighbours.cpp - the nearest vectors by FAISS and by hnswlib. The approximate ones take the
// fastest setting of a list that finds 95 of 100.
#include "native.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <stdexcept>

#if defined(HAVE_FAISS)
#include <faiss/IndexFlat.h>
#include <faiss/IndexIVFFlat.h>
#endif
#if defined(HAVE_HNSWLIB)
#include <hnswlib/hnswlib.h>
#endif
#if defined(HAVE_FAISS) || defined(HAVE_HNSWLIB)
#include <omp.h>

namespace {

const double RECALL = 0.95;
const size_t JUDGED = 100; // queries whose results are judged

struct vectors {
    size_t N, D, M, top;
    bool l1;
    std::vector<float> base, query;
    std::vector<double> reach;

    // |a - b|^p of a query and a vector of the base
    double distance(size_t q, size_t id) const
    {
        double sum = 0.0;
        for (size_t j = 0; j < D; j++) {
            const double off =
                static_cast<double>(query[q * D + j]) - static_cast<double>(base[id * D + j]);
            sum += l1 ? std::fabs(off) : off * off;
        }
        return sum;
    }
};

// verb l1|l2 PREFIX N D M TOP THREADS
std::shared_ptr<const vectors> read_vectors(const words &request)
{
    static std::map<words, std::shared_ptr<const vectors>> kept;
    const words key(request.begin() + 1, request.begin() + 7);

    if (kept.count(key) == 0) {
        auto v = std::make_shared<vectors>();
        const std::string &prefix = request.at(2);
        v->l1 = request.at(1) == "l1";
        v->N = size_in(request, 3);
        v->D = size_in(request, 4);
        v->M = size_in(request, 5);
        v->top = size_in(request, 6);
        v->base = read_floats(prefix + ".base", v->N * v->D);
        v->query = read_floats(prefix + ".query", v->M * v->D);
        v->reach = read_doubles(prefix + "." + request.at(1), v->M);
        kept[key] = v;
    }
    return kept[key];
}

// Something that finds the nearest vectors.
class finder {
  public:
    std::shared_ptr<const vectors> v;
    double built = 0.0; // seconds
    std::string remark;

    explicit finder(std::shared_ptr<const vectors> of) : v(std::move(of))
    {
    }
    finder(const finder &) = delete;
    finder &operator=(const finder &) = delete;
    virtual ~finder() = default;
    // The ids for n queries from the first on, id [n][top], by so many threads.
    virtual void find(size_t first, size_t n, int threads, int64_t *id) = 0;

    double recall()
    {
        const size_t n = std::min(JUDGED, v->M);
        std::vector<int64_t> id(n * v->top);
        size_t right = 0;
        find(0, n, omp_get_num_procs(), id.data());
        for (size_t i = 0; i < id.size(); i++) {
            const size_t q = i / v->top;
            right += id[i] >= 0 && v->distance(q, static_cast<size_t>(id[i])) <= v->reach[q];
        }
        return static_cast<double>(right) / static_cast<double>(id.size());
    }

    // Seconds of a query: one after another, or `batch` at a time.
    double measure(double slice, int threads, size_t batch)
    {
        const size_t n = threads > 1 ? std::min(batch, v->M) : 1;
        std::vector<int64_t> id(n * v->top);
        size_t next = 0;
        return timed(slice,
                     [&] {
                         find(next % v->M, n, threads, id.data());
                         next += threads > 1 ? 0 : 1;
                     }) /
               static_cast<double>(n);
    }

    // Note what was found about a setting.
    void describe(const char *setting, double found)
    {
        char text[160];
        snprintf(text, sizeof text, "recall %.3f, %s, built in %.3g s", found, setting, built);
        remark = text;
        fprintf(stderr, "bench: %s\n", text);
    }
};

// The fastest one of a list, at one query on one thread.
std::shared_ptr<finder> fastest(const std::vector<std::shared_ptr<finder>> &list)
{
    std::shared_ptr<finder> best;
    double least = 0.0;

    for (const auto &f : list) {
        const double seconds = f != nullptr ? f->measure(0.2, 1, 1) : 0.0;
        if (f != nullptr && (best == nullptr || seconds < least)) {
            best = f;
            least = seconds;
        }
    }
    if (best == nullptr)
        throw std::runtime_error("no setting finds 95 of 100");
    return best;
}

using maker = std::shared_ptr<finder> (*)(const std::shared_ptr<const vectors> &v);

answer answer_with(const words &request, double slice, maker make)
{
    static std::map<words, std::shared_ptr<finder>> kept;
    const words key(request.begin(), request.begin() + 7); // one index for all numbers of threads
    const auto v = read_vectors(request);

    if (kept.count(key) == 0)
        kept[key] = make(v);
    finder &f = *kept[key];
    const int threads = static_cast<int>(size_in(request, 7));
    return { f.measure(slice, threads, v->M), f.remark };
}

} // namespace
#endif

// ---- FAISS --------------------------------------------------------------------------------------

#if defined(HAVE_FAISS)
namespace {

class faiss_finder : public finder {
  public:
    std::unique_ptr<faiss::Index> flat; // the quantizer of an inverted file
    std::unique_ptr<faiss::Index> index;

    using finder::finder;

    void find(size_t first, size_t n, int threads, int64_t *id) override
    {
        std::vector<float> distance(n * v->top);
        omp_set_num_threads(threads);
        index->search(static_cast<int64_t>(n), v->query.data() + first * v->D,
                      static_cast<int64_t>(v->top), distance.data(), id);
    }

    void fill()
    {
        const double begin = now();
        omp_set_num_threads(omp_get_num_procs());
        if (!index->is_trained)
            index->train(static_cast<int64_t>(v->N), v->base.data());
        index->add(static_cast<int64_t>(v->N), v->base.data());
        built = now() - begin;
    }
};

std::shared_ptr<finder> make_exact(const std::shared_ptr<const vectors> &v)
{
    auto f = std::make_shared<faiss_finder>(v);

    f->index = std::make_unique<faiss::IndexFlat>(static_cast<int64_t>(v->D),
                                                  v->l1 ? faiss::METRIC_L1 : faiss::METRIC_L2);
    f->fill();
    f->describe("IndexFlat", f->recall());
    return f;
}

// With the least number of lists that are looked through.
std::shared_ptr<finder> make_lists(const std::shared_ptr<const vectors> &v, size_t lists)
{
    auto f = std::make_shared<faiss_finder>(v);
    f->flat = std::make_unique<faiss::IndexFlatL2>(static_cast<int64_t>(v->D));
    auto ivf = std::make_unique<faiss::IndexIVFFlat>(f->flat.get(), v->D, lists);
    faiss::IndexIVFFlat *of = ivf.get();

    f->index = std::move(ivf);
    f->fill();
    for (size_t probes = 1; probes <= lists; probes += 1 + probes / 4) {
        of->nprobe = probes;
        const double found = f->recall();
        if (found < RECALL)
            continue;
        char setting[80];
        snprintf(setting, sizeof setting, "IndexIVFFlat, nlist %zu, nprobe %zu", lists, probes);
        f->describe(setting, found);
        return f;
    }
    return nullptr;
}

std::shared_ptr<finder> make_ivf(const std::shared_ptr<const vectors> &v)
{
    if (v->l1)
        throw std::runtime_error("FAISS's inverted files have no L1");
    return fastest({ make_lists(v, 256), make_lists(v, 1024) });
}

} // namespace

answer faiss_exact(const words &request, double slice)
{
    return answer_with(request, slice, make_exact);
}

answer faiss_ivf(const words &request, double slice)
{
    return answer_with(request, slice, make_ivf);
}
#else
answer faiss_exact(const words &, double)
{
    throw missing{ "libfaiss-dev" };
}

answer faiss_ivf(const words &, double)
{
    throw missing{ "libfaiss-dev" };
}
#endif

// ---- hnswlib ------------------------------------------------------------------------------------

#if defined(HAVE_HNSWLIB)
namespace {

// hnswlib has no L1 of its own; with this loop the compiler makes as good use of the processor.
float distance_l1(const void *a, const void *b, const void *dimension)
{
    const auto *x = static_cast<const float *>(a);
    const auto *y = static_cast<const float *>(b);
    const size_t D = *static_cast<const size_t *>(dimension);
    const size_t LANES = 16;
    float part[LANES] = { 0.0f };
    float sum = 0.0f;
    size_t j = 0;

    for (; j + LANES <= D; j += LANES)
        for (size_t l = 0; l < LANES; l++)
            part[l] += std::fabs(x[j + l] - y[j + l]);
    for (; j < D; j++)
        sum += std::fabs(x[j] - y[j]);
    for (const float p : part)
        sum += p;
    return sum;
}

class l1_space : public hnswlib::SpaceInterface<float> {
    size_t D;

  public:
    explicit l1_space(size_t dimension) : D(dimension)
    {
    }
    size_t get_data_size() override
    {
        return D * sizeof(float);
    }
    hnswlib::DISTFUNC<float> get_dist_func() override
    {
        return distance_l1;
    }
    void *get_dist_func_param() override
    {
        return &D;
    }
};

class hnsw_finder : public finder {
  public:
    std::unique_ptr<hnswlib::SpaceInterface<float>> space;
    std::unique_ptr<hnswlib::HierarchicalNSW<float>> index;

    hnsw_finder(std::shared_ptr<const vectors> of, size_t links, size_t effort)
        : finder(std::move(of))
    {
        if (v->l1)
            space = std::make_unique<l1_space>(v->D);
        else
            space = std::make_unique<hnswlib::L2Space>(v->D);
        const double begin = now();
        index = std::make_unique<hnswlib::HierarchicalNSW<float>>(space.get(), v->N, links, effort);
        index->addPoint(v->base.data(), 0);
        omp_set_num_threads(omp_get_num_procs());
#pragma omp parallel for schedule(dynamic, 64)
        for (size_t i = 1; i < v->N; i++)
            index->addPoint(v->base.data() + i * v->D, i);
        built = now() - begin;
    }

    void find(size_t first, size_t n, int threads, int64_t *id) override
    {
        omp_set_num_threads(threads);
#pragma omp parallel for schedule(dynamic, 4) if (threads > 1)
        for (size_t i = 0; i < n; i++) {
            auto found = index->searchKnn(v->query.data() + (first + i) * v->D, v->top);
            for (size_t k = 0; k < v->top; k++) {
                id[i * v->top + k] = found.empty() ? -1 : static_cast<int64_t>(found.top().second);
                if (!found.empty())
                    found.pop();
            }
        }
    }
};

// With the least effort of a search.
std::shared_ptr<finder> make_graph(const std::shared_ptr<const vectors> &v, size_t links)
{
    const size_t effort = 100;
    auto f = std::make_shared<hnsw_finder>(v, links, effort);

    for (size_t ef = v->top; ef <= v->N / 8; ef += ef / 4) {
        f->index->setEf(ef);
        const double found = f->recall();
        if (found < RECALL)
            continue;
        char setting[80];
        snprintf(setting, sizeof setting, "M %zu, ef %zu (%zu to build)", links, ef, effort);
        f->describe(setting, found);
        return f;
    }
    return nullptr;
}

std::shared_ptr<finder> make_hnsw(const std::shared_ptr<const vectors> &v)
{
    return fastest({ make_graph(v, 8), make_graph(v, 16) });
}

} // namespace

answer hnsw(const words &request, double slice)
{
    return answer_with(request, slice, make_hnsw);
}
#else
answer hnsw(const words &, double)
{
    throw missing{ "libhnswlib-dev" };
}
#endif
