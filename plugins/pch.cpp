// Gives the precompiled header of the plugins an object to belong to.
