// The verb DESCRIBE: the models of all servers, by the first path that each of them knows.
#pragma once
#include "servers.hpp"

namespace lm_studio {

// The result for one server. Throws when it does not say.
Json DescribeServer(mamc::http::Client& client, const Endpoint& endpoint, mamc::sdk::Context& context);
// Of several servers those that cannot be reached are passed over, unless none can.
Json Describe(mamc::http::Client& client, const Servers& servers, mamc::sdk::Context& context);

}  // namespace lm_studio
