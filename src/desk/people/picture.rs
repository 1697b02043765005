//! Pictures of people. What kind of image it is is read from its first bytes, whatever was claimed.

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use super::{PeopleError, error::invalid};
use crate::store::PictureRecord;

/// Largest picture, in bytes.
pub const LARGEST_PICTURE: usize = 200 * 1024;

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// SHA-256 (hexadecimal) of its bytes.
    pub hash: String,
    /// `image/png`, `image/jpeg` or `image/webp`.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Checks a picture.
///
/// # Errors
///
/// [`PeopleError::Invalid`] when it is too large or no picture.
pub(super) fn checked(bytes: &[u8]) -> Result<PictureRecord, PeopleError> {
    if bytes.len() > LARGEST_PICTURE {
        return Err(invalid("picture", format!("may have at most {LARGEST_PICTURE} bytes")));
    }
    let media_type = media_type(bytes).ok_or_else(|| invalid("picture", "must be a PNG, JPEG or WebP image"))?;
    Ok(PictureRecord {
        hash: hex::encode(Sha256::digest(bytes)),
        media_type: media_type.to_owned(),
        base64: STANDARD.encode(bytes),
    })
}

/// The picture of a record; `None` if the record is damaged.
pub(super) fn of_record(record: PictureRecord) -> Option<Picture> {
    Some(Picture {
        bytes: STANDARD.decode(&record.base64).ok()?,
        hash: record.hash,
        media_type: record.media_type,
    })
}

fn media_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_say_what_it_is() {
        assert_eq!(media_type(b"\x89PNG\r\n\x1a\nrest"), Some("image/png"));
        assert_eq!(media_type(b"\xff\xd8\xff\xe0"), Some("image/jpeg"));
        assert_eq!(media_type(b"RIFF\x01\x02\x03\x04WEBPVP8 "), Some("image/webp"));
        for other in [
            &b"<svg xmlns='http://www.w3.org/2000/svg'>"[..],
            b"GIF89a",
            b"",
            b"RIFFxxxxWAVE",
        ] {
            assert_eq!(media_type(other), None);
        }
    }

    #[test]
    fn a_picture_comes_back_as_it_was() {
        let bytes = b"\x89PNG\r\n\x1a\n\x00\xff".to_vec();
        let kept = of_record(checked(&bytes).expect("a picture")).expect("whole");
        assert_eq!(kept.bytes, bytes);
        assert!(checked(&[&bytes[..], &vec![0; LARGEST_PICTURE]].concat()).is_err());
    }
}
