//! The rooms that are fuzzed, compiled by themselves: with what libFuzzer steers by in it, the whole program with its
//! database and its model runtime takes an hour to build.

#[path = "../../src/kb/mod.rs"]
pub mod kb;
#[path = "../../src/desk/mask/mod.rs"]
pub mod mask;
