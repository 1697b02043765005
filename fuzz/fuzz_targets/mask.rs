//! Masking what is masked changes nothing, and a text is changed only where something was taken out.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tanya_fuzz::mask::mask;

fuzz_target!(|text: &str| {
    let once = mask(text);
    assert_eq!(once.kinds.is_empty(), once.text == text, "{text:?} became {:?}", once.text);
    let twice = mask(&once.text);
    assert_eq!(twice.text, once.text, "from {text:?}");
});
