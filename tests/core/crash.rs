//! Power may fail at any moment while an index is built, and disks lie: questions are answered from a whole generation all
//! the same.

use std::{
    fs,
    path::Path,
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::place::{Place, embedder, text};

/// Rounds of the crash test; with `SOAK=1` a hundred.
const ROUNDS: usize = 12;

/// What a round asks: the article that every round changes.
const QUESTION: &str = "How should I store coffee beans?";

#[test]
fn an_index_killed_at_any_moment_leaves_a_whole_generation() {
    if embedder().is_none() {
        return;
    }
    let rounds = if std::env::var("SOAK").is_ok_and(|soak| soak == "1") {
        100
    } else {
        ROUNDS
    };
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let place = Place::small();
    let started = Instant::now();
    let mut old = place.json(&["index"]).0["generation"].clone();
    let usual = started.elapsed();
    let (mut finished, mut killed_while_building) = (0, 0);
    for round in 0..rounds {
        place.write(
            "store.md",
            &format!(
                "# Store coffee beans\n\nKeep beans in closed bag number {round}.\n\n## Freezing\n\nBeans keep.\n"
            ),
        );
        place.write(
            &format!("extra/{}.md", round % 3),
            &format!("# Extra {round}\n\nA page about round {round}.\n"),
        );

        let mut child = place
            .command(&["index"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it runs");
        if round % 3 == 0 {
            thread::sleep(usual.mul_f64(rng.random_range(0.0..1.1)));
        } else {
            // Most of the time goes into loading the model; the moments that matter come after.
            let deadline = Instant::now() + Duration::from_secs(30);
            while !is_building(&place) && child.try_wait().expect("a state").is_none() && Instant::now() < deadline {
                thread::sleep(Duration::from_micros(200));
            }
            thread::sleep(Duration::from_micros(rng.random_range(0..60_000)));
            killed_while_building += usize::from(is_building(&place));
        }
        child.kill().expect("killed");
        let ended = child.wait().expect("it ended");
        finished += usize::from(ended.success());

        let current = fs::read_to_string(place.index_folder().join("CURRENT")).expect("a current generation");
        let (decision, told) = place.json(&["ask", QUESTION]);
        assert!(
            !told.contains("rebuilding"),
            "round {round} built again what was whole: {told}"
        );
        let (page, _) = place.json(&["search", "store beans"]);
        assert_eq!(page["hits"][0]["article"], "store", "round {round}");
        let now = fs::read_to_string(place.index_folder().join("CURRENT")).expect("a current generation");
        assert_eq!(now, current, "round {round}: asking switched the generation");

        let (report, _) = place.json(&["index"]);
        let new = &report["generation"];
        assert!(
            decision["generation"] == old || decision["generation"] == *new,
            "round {round}: {decision}"
        );
        // Two passages, and title and text of the extra page.
        assert!(
            report["embedded"].as_u64() <= Some(4),
            "round {round} embedded what it had: {report}"
        );
        let (page, _) = place.json(&["search", &format!("closed bag number {round}")]);
        assert_eq!(page["generation"], *new);
        let snippet = page["hits"][0]["snippet"].as_str().unwrap_or_default();
        assert!(snippet.contains(&format!("number {round}")), "round {round}: {page}");
        old = new.clone();
    }
    assert!(
        killed_while_building > 0,
        "no round was killed while it was building ({finished} of {rounds} had finished)"
    );
    let left: Vec<_> = fs::read_dir(place.index_folder())
        .expect("a folder")
        .flatten()
        .map(|entry| entry.file_name())
        .collect();
    assert!(left.len() <= 5, "crashed builds are left lying: {left:?}");
}

fn is_building(place: &Place) -> bool {
    fs::read_dir(place.index_folder()).is_ok_and(|entries| {
        entries
            .flatten()
            .any(|entry| entry.file_name().to_string_lossy().starts_with(".building"))
    })
}

/// Something done to one file.
type Damage = fn(&Path);

fn flip(path: &Path) {
    let mut bytes = fs::read(path).expect("a file");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    fs::write(path, bytes).expect("written");
}

fn truncate(path: &Path) {
    let length = fs::metadata(path).expect("a file").len();
    fs::File::options()
        .write(true)
        .open(path)
        .and_then(|file| file.set_len(length / 2))
        .expect("cut");
}

fn remove(path: &Path) {
    fs::remove_file(path).expect("removed");
}

fn current_folder(place: &Place) -> std::path::PathBuf {
    let folder = place.index_folder();
    folder.join(
        fs::read_to_string(folder.join("CURRENT"))
            .expect("a current generation")
            .trim(),
    )
}

/// The largest file of the lexical index.
fn lexical_file(folder: &Path) -> String {
    let largest = fs::read_dir(folder.join("lexical"))
        .expect("a folder")
        .flatten()
        .filter(|entry| !entry.file_name().to_string_lossy().ends_with(".lock"))
        .max_by_key(|entry| entry.metadata().map(|file| file.len()).unwrap_or(0))
        .expect("a file");
    format!("lexical/{}", largest.file_name().to_string_lossy())
}

#[test]
fn a_damaged_generation_is_rebuilt_with_a_warning() {
    if embedder().is_none() {
        return;
    }
    let place = Place::small();
    let (report, _) = place.json(&["index"]);
    let (healthy, _) = place.json(&["ask", QUESTION]);
    let lexical = lexical_file(&current_folder(&place));
    let cases: [(&str, Damage); 9] = [
        ("articles.bin", flip),
        ("statistics.bin", flip),
        ("vectors.bin", flip),
        (&lexical, flip),
        ("vectors.bin", truncate),
        ("lexical/meta.json", truncate),
        ("manifest.json", truncate),
        ("statistics.bin", remove),
        ("../CURRENT", remove),
    ];
    for (file, damage) in cases {
        let folder = current_folder(&place);
        // Another generation has its lexical files under other names.
        let file = if file.starts_with("lexical/") && !folder.join(file).exists() {
            lexical_file(&folder)
        } else {
            file.to_owned()
        };
        damage(&folder.join(&file));
        let (decision, told) = place.json(&["ask", QUESTION]);
        assert!(told.contains("rebuil"), "{file}: no warning: {told:?}");
        for field in ["generation", "decision", "confidence", "answer", "handoff"] {
            assert_eq!(decision[field], healthy[field], "{file}: {field}");
        }
        let (_, told) = place.json(&["ask", QUESTION]);
        assert_eq!(told, "", "{file}: it was not repaired");
    }
    let (after, _) = place.json(&["index"]);
    assert_eq!(
        (&after["generation"], &after["switched"]),
        (&report["generation"], &false.into())
    );
}

#[test]
fn a_server_starts_on_a_damaged_generation_and_outlives_damage_while_it_runs() {
    if embedder().is_none() {
        return;
    }
    let place = Place::small();
    place.json(&["index"]);
    flip(&current_folder(&place).join("vectors.bin"));
    let server = place.serve();
    let mut client = server.client();
    let first = client.ask(QUESTION).expect("an answer");
    assert!(server.log().contains("rebuilding"), "{}", server.log());
    for file in ["articles.bin", "vectors.bin", "manifest.json"] {
        truncate(&current_folder(&place).join(file));
    }
    let second = client.ask(QUESTION).expect("an answer");
    assert_eq!(first["generation"], second["generation"]);
    assert_eq!(first["confidence"], second["confidence"]);
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

#[test]
fn a_folder_that_cannot_be_written_is_an_error_and_no_panic() {
    let place = Place::small();
    fs::write(place.path().join("data"), "a file where a folder should be").expect("written");
    let output = place.run(&["index"]);
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("data") && !told.contains("panicked"), "{told}");
}

#[test]
fn short_commands_end_cleanly_however_often_they_run() {
    if embedder().is_none() {
        return;
    }
    // ONNX Runtime used to be torn down while another thread was loading a session: 2 of 100 commands crashed.
    let place = Place::small();
    place.json(&["index"]);
    for _ in 0..60 {
        let (page, told) = place.json(&["search", "roast"]);
        assert_eq!(
            (page["hits"][0]["article"].as_str(), told.as_str()),
            (Some("roast"), "")
        );
    }
}
