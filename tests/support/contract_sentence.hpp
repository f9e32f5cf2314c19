// A sentence of a contract that several plugins are held to, as a test of the one that `factory` makes.
#pragma once
#include <catch2/catch.hpp>

#define MAMC_CONTRACT_SENTENCE(factory, sentence, function) \
  TEST_CASE(sentence, "[contract]") {                       \
    mamc::test::contract::function(factory);                \
  }
