// SPDX-License-Identifier: MIT
// main.cpp - reads requests and writes replies; native.hpp lists them.
#include "native.hpp"

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <stdexcept>

double now()
{
    using clock = std::chrono::steady_clock;
    return std::chrono::duration<double>(clock::now().time_since_epoch()).count();
}

size_t size_in(const words &request, size_t at)
{
    return std::stoul(request.at(at));
}

template <class T>
static std::vector<T> read_all(const std::string &path, size_t n)
{
    std::vector<T> data(n);
    std::ifstream file(path, std::ios::binary);

    file.read(reinterpret_cast<char *>(data.data()), static_cast<std::streamsize>(n * sizeof(T)));
    if (!file)
        throw std::runtime_error("cannot read " + std::to_string(n) + " numbers of " + path);
    return data;
}

std::vector<float> read_floats(const std::string &path, size_t n)
{
    return read_all<float>(path, n);
}

std::vector<double> read_doubles(const std::string &path, size_t n)
{
    return read_all<double>(path, n);
}

static std::string reply_to(const std::string &line)
{
    static const std::map<std::string, answer (*)(const words &, double)> answers = {
        { "armadillo", armadillo }, { "vlfeat", vlfeat }, { "faiss-exact", faiss_exact },
        { "faiss-ivf", faiss_ivf }, { "hnswlib", hnsw },
    };
    std::istringstream in(line);
    words request;

    for (std::string word; in >> word;)
        request.push_back(word);
    if (request.size() < 2)
        throw std::runtime_error("a request needs a verb and seconds");
    const double slice = std::stod(request.back());
    request.pop_back();
    const answer a = answers.at(request[0])(request, slice);
    char seconds[32];
    snprintf(seconds, sizeof seconds, "%.9g", a.seconds);
    return std::string("ok ") + seconds + (a.remark.empty() ? "" : " " + a.remark);
}

int main()
{
    for (std::string line; std::getline(std::cin, line);) {
        std::string reply;
        try {
            reply = reply_to(line);
        } catch (const missing &m) {
            reply = std::string("missing ") + m.package;
        } catch (const std::exception &e) { // a peer's trouble is a row, not the end of the table
            reply = std::string("error ") + e.what();
            reply = reply.substr(0, reply.find('\n')).substr(0, 300);
        }
        std::cout << reply << std::endl;
    }
    return 0;
}
