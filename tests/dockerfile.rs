//! The Dockerfile names things that exist: it is built on other machines than the one where they are renamed.

use std::{fs, path::Path};

use tanya::config::ENVIRONMENT;

/// What the build stage makes; everything else that is copied must lie in the repository.
const MADE: [&str; 2] = [".runtime", "target/release/tanya"];

fn read(path: &str) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Instructions with their arguments; lines that end in `\` are joined, comments left out.
fn instructions() -> Vec<(String, String)> {
    let text = read("Dockerfile").replace("\\\n", " ");
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.trim().split_once(' '))
        .map(|(name, arguments)| (name.to_owned(), arguments.trim().to_owned()))
        .collect()
}

fn arguments(of: &str) -> Vec<String> {
    let found: Vec<String> = instructions()
        .into_iter()
        .filter(|(name, _)| name == of)
        .map(|(_, arguments)| arguments)
        .collect();
    assert!(!found.is_empty(), "no {of}");
    found
}

fn environment() -> Vec<(String, String)> {
    let all = arguments("ENV").join(" ");
    all.split_whitespace()
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn value_of(name: &str) -> String {
    let found = environment().into_iter().find(|(known, _)| known == name);
    found.unwrap_or_else(|| panic!("no {name}")).1
}

#[test]
fn everything_that_is_copied_exists_and_is_not_kept_out() {
    let kept_out = read(".dockerignore");
    let is_kept_out = |path: &str| {
        let first = path.split('/').next().unwrap_or_default();
        kept_out.lines().any(|line| line == path || line == first)
    };
    for copy in arguments("COPY") {
        let mut words: Vec<&str> = copy.split_whitespace().filter(|word| !word.starts_with("--")).collect();
        words.pop();
        assert!(!words.is_empty(), "{copy}");
        for source in words {
            let path = source.strip_prefix("/src/").unwrap_or(source);
            if MADE.contains(&path) {
                continue;
            }
            assert!(root().join(path).exists(), "{path} of COPY {copy}");
            assert!(path == "." || !is_kept_out(path), "{path} stands in .dockerignore");
        }
    }
}

#[test]
fn the_program_is_built_by_the_compiler_that_it_names() {
    let manifest = read("Cargo.toml");
    let version = manifest
        .lines()
        .find_map(|line| line.strip_prefix("rust-version = "))
        .expect("a version")
        .trim_matches('"');
    let images = arguments("FROM");
    assert!(images[0].starts_with(&format!("rust:{version}-")), "{images:?}");
    // A binary made on a newer Debian does not find its C library on an older one.
    let release = images[0].split(['-', ' ']).nth(1).expect("a release of Debian");
    assert!(images[1].starts_with(&format!("debian:{release}-")), "{images:?}");
}

#[test]
fn settings_port_and_volume_are_those_of_the_program() {
    for (name, _) in environment().iter().filter(|(name, _)| name.starts_with("TANYA_")) {
        assert!(ENVIRONMENT.iter().any(|(known, _)| known == name), "{name}");
    }
    let port = value_of("TANYA_LISTEN");
    let port = port.rsplit(':').next().expect("a port");
    assert_eq!(arguments("EXPOSE"), [port]);
    assert!(arguments("HEALTHCHECK")[0].contains(&format!("/127.0.0.1/{port} ")));
    assert_eq!(arguments("VOLUME"), [value_of("TANYA_DATA")]);
    let copies = arguments("COPY");
    let kb = value_of("TANYA_KB");
    assert!(copies.iter().any(|copy| copy.ends_with(&format!(" {kb}"))), "{kb}");
}
