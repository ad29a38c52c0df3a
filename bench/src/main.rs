//! Measures the functions as Lambda runs them, beside references.

fn main() {}
