//! Bytes of a file to text.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// A decoded file, without its byte order mark.
#[derive(Debug)]
pub(super) struct Decoded {
    pub(super) text: String,
    /// Offset of the first byte that is not UTF-8, if the file had to be read as Windows-1252 or had damaged characters.
    pub(super) doubtful_at: Option<usize>,
}

/// Decodes UTF-8, UTF-16 with a byte order mark, and what looks like neither as Windows-1252; `None` for binary files.
pub(super) fn decode(bytes: Vec<u8>) -> Option<Decoded> {
    if let Some((encoding, mark)) = Encoding::for_bom(&bytes)
        && (encoding == UTF_16LE || encoding == UTF_16BE)
    {
        let (text, damaged) = encoding.decode_without_bom_handling(&bytes[mark..]);
        let doubtful_at = damaged.then(|| text.find('\u{fffd}').unwrap_or(0));
        return (!text.contains('\0')).then(|| Decoded {
            text: text.into_owned(),
            doubtful_at,
        });
    }
    if bytes.contains(&0) {
        return None;
    }
    match String::from_utf8(bytes) {
        Ok(text) => {
            let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
            Some(Decoded {
                text,
                doubtful_at: None,
            })
        }
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let bytes = error.as_bytes();
            let mark = Encoding::for_bom(bytes)
                .filter(|(e, _)| *e == UTF_8)
                .map_or(0, |(_, len)| len);
            let (text, _) = WINDOWS_1252.decode_without_bom_handling(&bytes[mark..]);
            Some(Decoded {
                text: text.into_owned(),
                doubtful_at: Some(valid.saturating_sub(mark)),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> Option<(String, bool)> {
        decode(bytes.to_vec()).map(|d| (d.text, d.doubtful_at.is_some()))
    }

    #[test]
    fn byte_order_marks_are_dropped() {
        assert_eq!(text(b"\xef\xbb\xbfHi"), Some(("Hi".into(), false)));
        assert_eq!(text(b"\xff\xfeH\0i\0"), Some(("Hi".into(), false)));
        assert_eq!(text(b"\xfe\xff\0H\0i"), Some(("Hi".into(), false)));
    }

    #[test]
    fn other_bytes_are_windows_1252_and_binary_is_refused() {
        assert_eq!(text(b"caf\xe9 \x80"), Some(("café €".into(), true)));
        assert_eq!(text(b"PNG\0\x01"), None);
        assert_eq!(text(b""), Some((String::new(), false)));
    }
}
