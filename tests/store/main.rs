//! What the store promises, on real databases: SQLite files in temporary folders, and PostgreSQL where
//! `TANYA_TEST_POSTGRES` names a server (`make test` starts one).

mod archive;
mod conformance;
mod desk;
mod documents;
mod erasure;
mod harness;
mod migration;
mod numbers;
mod people;
mod queue;
mod retention;
mod sqlite;
mod streams;
mod votes;
mod work;
