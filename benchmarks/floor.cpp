// The floor under every reader: ways with a highway tag and where their nodes lie, by libosmium alone.
// Built by bench_osm.py where a compiler and libosmium's headers are (Debian: g++, libosmium2-dev).
// floor FILE WARM-UP REPEAT prints the seconds of CPU of each repetition, then what was found.

#include <ctime>
#include <cstdlib>
#include <iostream>

#include <osmium/handler.hpp>
#include <osmium/handler/node_locations_for_ways.hpp>
#include <osmium/index/map/flex_mem.hpp>
#include <osmium/io/pbf_input.hpp>
#include <osmium/visitor.hpp>

using Index = osmium::index::map::FlexMem<osmium::unsigned_object_id_type, osmium::Location>;

struct Roads : public osmium::handler::Handler {
    long ways = 0;
    long nodes = 0;
    double sum = 0;

    void way(const osmium::Way& way) {
        if (!way.tags().has_key("highway")) {
            return;
        }
        ++ways;
        for (const auto& node : way.nodes()) {
            if (node.location().valid()) {
                ++nodes;
                sum += node.lon() + node.lat();
            }
        }
    }
};

Roads read(const char* file) {
    Index index;
    osmium::handler::NodeLocationsForWays<Index> locations{index};
    locations.ignore_errors();
    Roads roads;
    osmium::io::Reader reader{file, osmium::osm_entity_bits::node | osmium::osm_entity_bits::way};
    osmium::apply(reader, locations, roads);
    reader.close();
    return roads;
}

int main(int count, char** given) {
    if (count != 4) {
        std::cerr << "floor FILE WARM-UP REPEAT\n";
        return 2;
    }
    Roads found = read(given[2]);
    for (int turn = 0; turn < std::atoi(given[3]); ++turn) {
        const std::clock_t start = std::clock();
        found = read(given[1]);
        std::cout << static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC << '\n';
    }
    std::cout << found.ways << " ways, " << found.nodes << " way-nodes\n";
}
