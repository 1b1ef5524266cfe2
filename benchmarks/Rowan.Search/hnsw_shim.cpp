// A C interface to hnswlib, compiled by search.sh. Metrics: 0 inner product of normalised rows (cosine), 1 squared L2.
#include <hnswlib/hnswlib.h>
#include <atomic>
#include <thread>
#include <vector>

struct Index
{
    hnswlib::SpaceInterface<float>* space;
    hnswlib::HierarchicalNSW<float>* graph;
    size_t dim;
};

extern "C"
{
    void* hnsw_new(int dim, long capacity, int m, int ef_construction, int metric)
    {
        auto* index = new Index;
        index->dim = dim;
        if (metric == 0) index->space = new hnswlib::InnerProductSpace(dim);
        else index->space = new hnswlib::L2Space(dim);
        index->graph = new hnswlib::HierarchicalNSW<float>(index->space, capacity, m, ef_construction);
        return index;
    }

    void hnsw_add(void* handle, const float* rows, long count, int threads)
    {
        auto* index = (Index*)handle;
        index->graph->addPoint(rows, 0);
        std::atomic<long> next(1);
        auto work = [&] { for (long i; (i = next++) < count;) index->graph->addPoint(rows + i * index->dim, i); };
        std::vector<std::thread> others;
        for (int t = 1; t < threads; t++) others.emplace_back(work);
        work();
        for (auto& other : others) other.join();
    }

    // The ids of the k nearest of each query, the nearest first; -1 where there are fewer.
    void hnsw_search(void* handle, const float* queries, long count, int k, int ef, int threads, long* ids)
    {
        auto* index = (Index*)handle;
        index->graph->setEf(ef);
        std::atomic<long> next(0);
        auto work = [&]
        {
            for (long i; (i = next++) < count;)
            {
                auto found = index->graph->searchKnn(queries + i * index->dim, k);
                for (long at = k - 1; at >= 0; at--)
                {
                    if ((size_t)at >= found.size()) { ids[i * k + at] = -1; continue; }
                    ids[i * k + at] = (long)found.top().second;
                    found.pop();
                }
            }
        };
        std::vector<std::thread> others;
        for (int t = 1; t < threads; t++) others.emplace_back(work);
        work();
        for (auto& other : others) other.join();
    }

    long hnsw_bytes_per_row(void* handle)
    {
        // The base layer; upper layers add a little.
        return (long)((Index*)handle)->graph->size_data_per_element_;
    }

    void hnsw_free(void* handle)
    {
        auto* index = (Index*)handle;
        delete index->graph;
        delete index->space;
        delete index;
    }
}
