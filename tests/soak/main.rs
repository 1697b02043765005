//! What a desk must survive, with real processes: kill -9 under load, two servers on one PostgreSQL, races for tickets.
//!
//! `SOAK_ROUNDS` says how often the server is killed on each engine (5 if it is not set; `make soak` sets 200). PostgreSQL is
//! used where `TANYA_TEST_POSTGRES` names a server; two servers in networks of their own need root and `ip` as well. What is
//! left out says so in one line.

mod audit;
mod claims;
#[path = "../core/client.rs"]
mod client;
mod crash;
mod engine;
mod events;
mod ledger;
mod network;
mod people;
#[path = "../core/place.rs"]
#[allow(dead_code, reason = "the tests of answers use the rest")]
mod place;
mod postgres;
mod servers;
mod two_servers;
