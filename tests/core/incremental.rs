//! Only what changed is done again, and the report says what that was.

use crate::place::{Place, embedder, files, index, text};
use serde_json::Value;
use tanya::search::{BuildReport, Reuse};

fn counts(report: &BuildReport) -> [usize; 6] {
    [
        report.articles,
        report.added,
        report.changed,
        report.removed,
        report.embedded,
        report.reused,
    ]
}

#[test]
fn the_report_counts_what_changed_and_only_new_texts_are_embedded() {
    let Some(embedder) = embedder() else { return };
    let place = Place::empty();
    place.write("a.md", "# Grinding\n\nGrind finely.\n\n## Press\n\nGrind coarsely.\n");
    place.write("b.md", "# Storing\n\nKeep it dark.\n");
    place.write(
        "c.md",
        "---\ntitle: Water\nquestions: [Which water?, How hot?]\n---\nSoft water.\n",
    );
    let first = place.index(Some(embedder));
    // Titles, passages, example questions.
    assert_eq!(counts(&first), [3, 3, 0, 0, 3 + 4 + 2, 0]);
    assert!(first.switched && first.vectors == 9);

    place.write("d.md", "# Roasting\n\nOn Tuesdays.\n");
    assert_eq!(counts(&place.index(Some(embedder))), [4, 1, 0, 0, 2, 9]);

    place.write(
        "a.md",
        "# Grinding\n\nGrind finely.\n\n## Press\n\nGrind as coarse as salt.\n",
    );
    assert_eq!(counts(&place.index(Some(embedder))), [4, 0, 1, 0, 1, 10]);

    // A change that no text shows is a change all the same.
    place.write("b.md", "---\nowner: Rina\n---\n# Storing\n\nKeep it dark.\n");
    assert_eq!(counts(&place.index(Some(embedder))), [4, 0, 1, 0, 0, 11]);

    place.remove("d.md");
    place.write(
        "c.md",
        "---\ntitle: Water\nquestions: [Which water?, How hot?]\ndraft: true\n---\nSoft water.\n",
    );
    assert_eq!(counts(&place.index(Some(embedder))), [2, 0, 0, 2, 0, 5]);

    // A text that stands in two places is embedded once.
    place.write("e.md", "# Storing\n\nKeep it dark.\n");
    place.write("f.md", "# Pressing\n\n## Again\n\nPress.\n\n## Again\n\nPress.\n");
    let report = place.index(Some(embedder));
    assert_eq!(
        (report.added, report.embedded, report.reused, report.vectors),
        (2, 2, 8, 10)
    );
}

#[test]
fn nothing_is_written_when_nothing_changed() {
    let Some(embedder) = embedder() else { return };
    let place = Place::small();
    let first = place.index(Some(embedder));
    let before = files(&place.index_folder());
    let second = place.index(Some(embedder));
    assert!(!second.switched);
    assert_eq!(
        (second.embedded, second.added, second.changed, second.removed),
        (0, 0, 0, 0)
    );
    assert_eq!((second.generation, second.vectors), (first.generation, first.vectors));
    assert!(files(&place.index_folder()) == before);
}

#[test]
fn a_full_build_embeds_everything_again() {
    let Some(embedder) = embedder() else { return };
    let place = Place::small();
    let first = place.index(Some(embedder));
    let full = index(&place.config(), Some(embedder), Reuse::Nothing);
    assert_eq!(
        (full.embedded, full.reused, full.vectors),
        (first.embedded, first.reused, first.vectors)
    );
    assert_eq!(full.generation, first.generation);
}

#[test]
fn vectors_survive_a_time_without_the_model() {
    let Some(embedder) = embedder() else { return };
    let place = Place::small();
    let first = place.index(Some(embedder));
    assert_eq!(place.index(None).vectors, 0);
    let again = place.index(Some(embedder));
    assert_eq!((again.embedded, again.reused), (0, first.vectors));
}

#[test]
fn a_bad_file_is_reported_and_the_rest_is_indexed() {
    let place = Place::small();
    place.write("bad.md", "---\ntitle: [\n---\n# Broken\n");
    place.write("twice.md", "---\nid: roast\n---\n# Roasting twice\n");
    std::fs::write(place.path().join("kb/blank.md"), [0xff, 0xfe, 0x00]).expect("written");
    place.set("[model]\nenabled = false\n");
    let (report, told) = place.json(&["index"]);
    assert!(told.contains("twice.md"), "{told}");
    assert!(
        report["errors"].as_u64() >= Some(1) && report["warnings"].as_u64() >= Some(1),
        "{report}"
    );
    assert!(report["articles"].as_u64() >= Some(6), "{report}");
    let output = place.run(&["search", "roast", "tuesday"]);
    assert!(
        text(&output.stdout).contains("When we roast"),
        "{}",
        text(&output.stdout)
    );
    // `check` is the command whose exit code tells.
    let check = place.run(&["check", "--json"]);
    assert_eq!(check.status.code(), Some(3));
    let problems: Value = serde_json::from_slice(&check.stdout).expect("JSON");
    let problems = problems["problems"].as_array().expect("a list");
    for file in ["bad.md", "twice.md"] {
        let problem = problems.iter().find(|problem| problem["path"] == file);
        assert!(
            problem.is_some_and(|problem| problem["reason"].as_str().is_some_and(|reason| !reason.is_empty())),
            "{file}: {problems:?}"
        );
    }
    assert!(
        problems
            .iter()
            .any(|problem| problem["path"] == "bad.md" && problem["line"].is_u64()),
        "{problems:?}"
    );
}
