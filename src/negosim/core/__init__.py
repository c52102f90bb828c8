"""The thought of negosim as pure functions of arrays: numpy only, no file, no clock, no Mesa."""
