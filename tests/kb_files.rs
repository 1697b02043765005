//! Real folders with every bad input: each is handled or reported with path, line and reason, and the rest is loaded.

use std::{fs, path::Path};

use tanya::kb::{Kb, LoadError, Options, Severity, load};

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder can be made"))
    }

    fn with(self, path: &str, bytes: impl AsRef<[u8]>) -> Self {
        let full = self.path().join(path);
        fs::create_dir_all(full.parent().expect("it has a parent")).expect("folders can be made");
        fs::write(full, bytes).expect("files can be written");
        self
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn load(&self) -> Kb {
        load(self.path(), &options()).expect("the folder can be read")
    }
}

fn options() -> Options {
    Options {
        today: "2026-06-01".into(),
        ..Options::default()
    }
}

fn ids(kb: &Kb) -> Vec<&str> {
    kb.articles.iter().map(|a| a.id.as_str()).collect()
}

#[track_caller]
fn assert_reported(kb: &Kb, severity: Severity, path: &str, line: Option<usize>, reason: &str) {
    let found = kb
        .problems
        .iter()
        .any(|p| p.severity == severity && p.path == Path::new(path) && p.line == line && p.reason.contains(reason));
    assert!(found, "{:#?}", kb.problems);
}

#[test]
fn a_root_that_cannot_be_read_says_so() {
    let folder = Folder::new().with("a.md", "x");
    assert!(matches!(
        load(&folder.path().join("gone"), &options()),
        Err(LoadError::Missing(_))
    ));
    let error = load(&folder.path().join("a.md"), &options()).expect_err("a file is no folder");
    assert!(matches!(error, LoadError::NotAFolder(_)) && error.to_string().contains("--kb"));
}

#[test]
fn encodings_are_understood_or_told() {
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain("# Grüße\n\nText\n".encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let folder = Folder::new()
        .with("bom.md", b"\xef\xbb\xbf---\ntitle: Mark\n---\nText\n")
        .with("crlf.md", "---\r\ntitle: Ends\r\n---\r\n# One\r\n\r\na\r\nb\r\n")
        .with("latin.md", b"# Caf\xe9\n\nfine\n\nna\xefve\n")
        .with("utf16.md", utf16)
        .with("tabs.md", "# Tabs\n\n-\titem\n\t-\tinner\n")
        .with("binary.md", b"\x89PNG\0\x01");
    let kb = folder.load();
    assert_eq!(ids(&kb), ["bom", "crlf", "latin", "tabs", "utf16"]);
    let titles: Vec<&str> = kb.articles.iter().map(|a| a.title.as_str()).collect();
    assert_eq!(titles, ["Mark", "Ends", "Café", "Tabs", "Grüße"]);
    assert_eq!(kb.articles[1].passages[0].text, "a b");
    assert!(kb.articles[1].source.contains("\r\n"));
    assert_eq!(kb.articles[3].passages[0].text, "- item\n  - inner");
    assert_reported(&kb, Severity::Warning, "latin.md", Some(1), "Windows-1252");
    assert_reported(&kb, Severity::Error, "binary.md", None, "binary");
    assert_eq!(kb.problems.len(), 2, "{:#?}", kb.problems);
}

#[test]
fn empty_and_broken_files_do_not_stop_the_rest() {
    let folder = Folder::new()
        .with("empty.md", "")
        .with("blank.md", " \n\n")
        .with("front.md", "---\ntitle: a\nx: [1\n---\nText\n")
        .with("open.md", "---\ntitle: never closed\n")
        .with("good.md", "# Good\n\nText\n")
        .with(".hidden/a.md", "x")
        .with("node_modules/a/b.md", "x")
        .with("notes.txt", "x");
    let kb = folder.load();
    assert_eq!(ids(&kb), ["blank", "empty", "front", "good", "open"]);
    assert!(kb.articles.iter().all(|a| !a.passages.is_empty()));
    assert_reported(&kb, Severity::Warning, "empty.md", None, "no text");
    assert_reported(&kb, Severity::Warning, "front.md", Some(3), "front matter");
    assert_eq!(kb.articles[2].passages[0].text, "Text");
}

#[test]
fn duplicates_are_left_out_and_both_files_named() {
    let folder = Folder::new()
        .with("a.md", "---\nid: same\n---\nx")
        .with("b.md", "---\nid: same\n---\nx")
        .with("c.md", "---\nslug: here\n---\nx")
        .with("d.md", "---\npermalink: /here/\n---\nx")
        .with("e/index.md", "x")
        .with("e/README.md", "x");
    let kb = folder.load();
    assert_eq!(ids(&kb), ["c", "e", "same"]);
    assert_reported(&kb, Severity::Error, "b.md", None, "a.md has the id \"same\"");
    assert_reported(&kb, Severity::Error, "d.md", None, "c.md has the address \"here\"");
    assert_reported(&kb, Severity::Error, "e/index.md", None, "e/README.md");
}

#[test]
fn translations_are_joined_and_may_share_an_address() {
    let folder = Folder::new()
        .with("x._en.md", "---\npermalink: /help/x/\n---\nx [y](/help/y/)")
        .with("x._es.md", "---\npermalink: /help/x/\n---\nx [y](/help/y/)")
        .with("y._en.md", "---\npermalink: /help/y/\n---\ny")
        .with("y._es.md", "---\npermalink: /help/y/\n---\ny");
    let kb = folder.load();
    assert_eq!(ids(&kb), ["x._en", "x._es", "y._en", "y._es"]);
    assert!(kb.problems.is_empty(), "{:#?}", kb.problems);
    let urls: Vec<&str> = kb.articles.iter().map(|a| a.url_path.as_str()).collect();
    assert_eq!(urls, ["help/x", "es/help/x", "help/y", "es/help/y"]);
    assert!(
        kb.articles
            .iter()
            .all(|a| ["x", "y"].contains(&a.translation_key.as_str()))
    );
    assert_eq!(kb.languages, ["en", "es"]);
    let resolver = tanya::kb::LinkResolver::new(&kb.articles);
    let link = resolver.resolve(&kb.articles[1], "/help/y/");
    assert!(
        matches!(link, tanya::kb::Link::Article { ref id, .. } if id.as_str() == "y._es"),
        "{link:?}"
    );
}

#[test]
fn folders_are_languages_only_if_all_of_them_are() {
    let folder = Folder::new()
        .with("en/orders/track.md", "x")
        .with("id/orders/track.md", "x")
        .with("index.md", "x");
    let kb = folder.load();
    assert_eq!(kb.languages, ["en", "id"]);
    assert_eq!(ids(&kb), ["en/orders/track", "id/orders/track", "index"]);
    assert!(
        kb.articles[..2]
            .iter()
            .all(|a| a.translation_key == "orders/track" && a.category == "orders")
    );
    let kb = folder.with("more/a.md", "x").load();
    assert!(kb.languages.is_empty());
}

#[test]
fn broken_links_are_reported_with_their_line() {
    let folder = Folder::new()
        .with("a.md", "# A\n\n[ok](b.md#two) [gone](gone.md)\n[none](b.md#three) ![pic](pic.png) ![no](no.png)\n[t]({% link x.md %})\n")
        .with("b.md", "# B\n\n## Two\n\nx\n")
        .with("pic.png", b"\x89PNG");
    let kb = folder.load();
    assert_reported(&kb, Severity::Warning, "a.md", Some(3), "gone.md");
    assert_reported(&kb, Severity::Warning, "a.md", Some(4), "no heading #three");
    assert_reported(&kb, Severity::Warning, "a.md", Some(4), "no.png");
    assert_eq!(kb.problems.len(), 3, "{:#?}", kb.problems);
}

#[test]
fn a_link_to_the_site_around_the_help_center_is_a_note() {
    let kb = Folder::new()
        .with("orders/track.md", "# Track\n\n[us](/contact/) [gone](/orders/gone)\n")
        .load();
    assert_reported(&kb, Severity::Info, "orders/track.md", Some(3), "/contact/");
    assert_reported(&kb, Severity::Warning, "orders/track.md", Some(3), "leads nowhere");
    assert_eq!(kb.problems.len(), 2, "{:#?}", kb.problems);
}

#[test]
fn an_index_file_without_text_names_its_folder_and_nothing_else() {
    let kb = Folder::new()
        .with("orders/_index.md", "---\ntitle: Your orders\n---\n")
        .with("devices/index.md", "# Devices\n\nAll about them.\n")
        .with("orders/track.md", "# Track\n\nText\n")
        .load();
    let named = |id: &str| {
        let article = kb.articles.iter().find(|article| article.id.as_str() == id).expect(id);
        (article.only_names_its_folder(), article.is_listed())
    };
    assert_eq!(named("orders"), (true, false));
    assert_eq!(named("devices"), (false, true));
    assert_eq!(named("orders/track"), (false, true));
    assert!(kb.problems.is_empty(), "{:#?}", kb.problems);
}

#[test]
fn large_files_are_read_and_larger_ones_reported() {
    let text = "# Big\n\n".to_owned() + &"Some words with a [link](#big).\n\n".repeat(320_000);
    assert!(text.len() > 10_000_000);
    let folder = Folder::new()
        .with("big.md", &text)
        .with("bigger.md", vec![b'x'; 17 << 20]);
    let kb = folder.load();
    assert_eq!(ids(&kb), ["big"]);
    assert_reported(&kb, Severity::Error, "bigger.md", None, "larger than");
}

#[test]
fn deep_nesting_is_no_danger() {
    let folder = Folder::new()
        .with("quotes.md", format!("{}x\n", "> ".repeat(10_000)))
        .with("lists.md", format!("{}x\n", "- ".repeat(10_000)))
        .with("yaml.md", format!("---\na: {}\n---\nx\n", "[".repeat(10_000)))
        .with(
            "links.md",
            format!("{}x{}\n", "[".repeat(10_000), "](y)".repeat(10_000)),
        );
    assert_eq!(folder.load().articles.len(), 4);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::{ffi::OsStrExt, fs::symlink};

    use super::*;

    #[test]
    fn symlink_loops_and_links_out_are_reported_and_others_followed() {
        let outside = Folder::new().with("secret.md", "x");
        let folder = Folder::new().with("a/one.md", "x").with("real/two.md", "x");
        symlink(folder.path(), folder.path().join("a/loop")).expect("links can be made");
        symlink(folder.path().join("real"), folder.path().join("alias")).expect("links can be made");
        symlink(outside.path(), folder.path().join("out")).expect("links can be made");
        symlink(outside.path().join("secret.md"), folder.path().join("out.md")).expect("links can be made");
        symlink("nowhere.md", folder.path().join("dangling.md")).expect("links can be made");
        let kb = folder.load();
        assert_eq!(ids(&kb), ["a/one", "alias/two", "real/two"]);
        assert_reported(&kb, Severity::Error, "a/loop", None, "loop");
        assert_reported(&kb, Severity::Error, "out", None, "out of the kb");
        assert_reported(&kb, Severity::Error, "out.md", None, "out of the kb");
        assert_reported(&kb, Severity::Error, "dangling.md", None, "cannot be read");
    }

    #[test]
    fn odd_names_and_things_that_are_no_files_are_reported() {
        let folder = Folder::new().with("good.md", "x");
        fs::write(folder.path().join(std::ffi::OsStr::from_bytes(b"bad\xff.md")), "x").expect("files can be written");
        let _socket =
            std::os::unix::net::UnixListener::bind(folder.path().join("socket.md")).expect("sockets can be made");
        let kb = folder.load();
        assert_eq!(ids(&kb), ["good"]);
        assert_reported(&kb, Severity::Error, "socket.md", None, "regular file");
        assert!(kb.problems.iter().any(|p| p.reason.contains("UTF-8")));
    }

    #[test]
    fn files_that_may_not_be_read_are_reported() {
        use std::os::unix::fs::PermissionsExt;
        let folder = Folder::new().with("locked.md", "x").with("good.md", "x");
        let locked = folder.path().join("locked.md");
        fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).expect("rights can be set");
        if fs::read(&locked).is_ok() {
            eprintln!("skipped: this user may read everything");
            return;
        }
        let kb = folder.load();
        assert_eq!(ids(&kb), ["good"]);
        assert_reported(&kb, Severity::Error, "locked.md", None, "cannot be read");
    }
}

#[test]
fn the_help_center_of_login_gov_is_read() {
    let data = std::env::var_os("TANYA_EVAL_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/eval"),
        Into::into,
    );
    let folder = data.join("logingov-help");
    let Ok(lines) = fs::read_to_string(folder.join("kb.jsonl")) else {
        eprintln!("skipped: no data at {} (set TANYA_EVAL_DIR)", folder.display());
        return;
    };
    let kb = load(&folder.join("tree"), &options()).expect("the tree can be read");
    let mut expected: Vec<String> = lines
        .lines()
        .filter_map(|line| {
            serde_json::from_str::<serde_json::Value>(line)
                .ok()?
                .get("slug")?
                .as_str()
                .map(str::to_owned)
        })
        .collect();
    expected.sort();
    assert_eq!(ids(&kb), expected);
    assert_eq!(kb.languages, ["en", "es", "fr", "zh"]);
    assert!(kb.articles.iter().all(|a| {
        a.lang.is_some()
            && a.passages
                .iter()
                .all(|p| ["{%", "{{", "{:", "**", "</"].iter().all(|mark| !p.text.contains(mark)))
    }));
}

#[test]
fn the_demo_help_center_has_no_problems() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("kb");
    if !folder.is_dir() {
        eprintln!("skipped: no kb folder");
        return;
    }
    let kb = load(&folder, &options()).expect("the folder can be read");
    assert!(!kb.articles.is_empty());
    assert!(kb.problems.is_empty(), "{:#?}", kb.problems);
}
