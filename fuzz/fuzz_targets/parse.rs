//! Any text gives an article with true spans. The last byte chooses the ending and the length of passages.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tanya_fuzz::kb::{Options, parse};

fuzz_target!(|data: &[u8]| {
    let Some(last) = data.last() else {
        return;
    };
    let source = String::from_utf8_lossy(data);
    let path = if last % 2 == 0 { "a.md" } else { "en/a.mdx" };
    let options = Options {
        passage_chars: usize::from(*last) * 4,
        ..Options::default()
    };
    let (article, _) = parse(path, &source, &options);
    assert!(!article.passages.is_empty());
    for section in &article.sections {
        assert!(article.source.get(section.span.clone()).is_some());
    }
    for passage in &article.passages {
        assert!(article.source.get(passage.span.clone()).is_some());
        assert!(!passage.text.trim().is_empty());
        if passage.section.is_some() {
            assert_eq!(passage.text, article.plain(passage.span.clone()));
        }
    }
});
