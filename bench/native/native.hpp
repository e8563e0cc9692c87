// SPDX-License-Identifier: MIT
// native.hpp - the peers that are libraries of C and C++, in a program that answers lines.
//
// Requests on stdin, one a line, the last word being the seconds an iteration should last. PREFIX
// is that of files of raw numbers that the bench has written:
//
//     armadillo|vlfeat PREFIX N P K THREADS SLICE
//         One iteration of EM on PREFIX.points, float [N][P], from PREFIX.start, double: weights
//         [K], means [K][P], variances [K][P]. A unit is a point.
//     faiss-exact|faiss-ivf|hnswlib l1|l2 PREFIX N D M TOP THREADS SLICE
//         The TOP nearest of PREFIX.base, float [N][D], to PREFIX.query, float [M][D]: one query
//         after another on one thread, all at once on several. A unit is a query. What is found
//         counts if its |difference|^p is at most that of PREFIX.l1 or PREFIX.l2, double [M].
//
// Replies: "ok SECONDS-A-UNIT remark", "missing PACKAGE" or "error TEXT". What a request sets up is
// kept, so that the next one of the same words is timed alone.
#pragma once

#include <string>
#include <vector>

struct answer {
    double seconds; // a unit
    std::string remark;
};

struct missing {
    const char *package;
};

using words = std::vector<std::string>;

answer armadillo(const words &request, double slice);
answer vlfeat(const words &request, double slice);
answer faiss_exact(const words &request, double slice);
answer faiss_ivf(const words &request, double slice);
answer hnsw(const words &request, double slice);

double now();

// Seconds of one call of work(), which is repeated for about a slice.
template <class F>
double timed(double slice, F work)
{
    const double begin = now();
    size_t calls = 0;
    double spent = 0.0;

    do {
        work();
        calls++;
        spent = now() - begin;
    } while (spent < slice);
    return spent / static_cast<double>(calls);
}

size_t size_in(const words &request, size_t at);

// All n numbers of a file.
std::vector<float> read_floats(const std::string &path, size_t n);
std::vector<double> read_doubles(const std::string &path, size_t n);
