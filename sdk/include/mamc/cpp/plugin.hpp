// The C++20 layer over the plugin ABI: derive from Type (or Step), write Call as a coroutine, end with
// MAMC_PLUGIN.
//
//   struct Hello : mamc::sdk::Step {
//     explicit Hello(const mamc::sdk::Json&) {}
//     mamc::sdk::Task<mamc::sdk::Json> Run(mamc::sdk::Context&, mamc::sdk::Json input) override { co_return
//     input.at("params"); }
//   };
//   MAMC_PLUGIN(mamc::sdk::Provide<Hello>("step", "acme.hello"))
//
// Header-only; needs nlohmann_json and the C headers. It is not part of the ABI: each plugin has its own copy
// inside.
#pragma once
#include <mamc/cpp/children.hpp>
#include <mamc/cpp/context.hpp>
#include <mamc/cpp/entry.hpp>
#include <mamc/cpp/task.hpp>
#include <mamc/cpp/type.hpp>
