// Nothing: what loading it takes is node's own.
