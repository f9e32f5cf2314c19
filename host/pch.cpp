// Gives the precompiled header of the host an object to belong to.
