// Going back to a commit that a run has gone on from. What it has pushed since stays in the history of its
// branch, which is never set back: a commit on top takes it out of the files.
#pragma once
#include "mamc/git/run.hpp"

namespace mamc::git {

// Changes what is to be prepared so that the files are those of `request`'s commit and tree, with what others
// have done on the branch since, on a commit that the remote has. MAMC_E_CONFLICT: both have changed the
// same. REQUIRES: `remote` was fetched.
sdk::Task<void> Undo(Remote& remote, std::optional<Author> author, PrepareRequest* request);

}  // namespace mamc::git
