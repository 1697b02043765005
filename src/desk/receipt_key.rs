//! Addresses of receipts: whoever has one may see that ticket's promise, and cannot make up another's.
//!
//! A token is the ticket's reference and a keyed hash of it. The key lies beside the store, so that receipts outlive a
//! restart; several servers that share a store need the same `receipt.key`.

use std::{fs, io::Write, path::Path};

use hmac::{Hmac, Mac};
use sha2::Sha256;

const FILE: &str = "receipt.key";
/// 128 bits of the hash: unguessable, and still an address that fits in a mail.
const TAG_BYTES: usize = 16;

/// Makes and checks receipt addresses.
pub struct ReceiptKey([u8; 32]);

impl ReceiptKey {
    /// Reads the key, or makes one on the first start. If it cannot be kept, receipts end with the process, and a warning
    /// says so.
    pub fn load_or_create(data: &Path) -> Self {
        let path = data.join(FILE);
        if let Some(key) = fs::read(&path).ok().and_then(|bytes| bytes.try_into().ok()) {
            return ReceiptKey(key);
        }
        let key: [u8; 32] = rand::random();
        if let Err(error) = fs::create_dir_all(data).and_then(|()| write_private(&path, &key)) {
            tracing::warn!(path = %path.display(), %error, "cannot keep the key of receipts: their addresses end with this process");
        }
        ReceiptKey(key)
    }

    /// The token of a reference.
    pub fn seal(&self, reference: &str) -> String {
        let tag = self.mac(reference).finalize().into_bytes();
        format!("{reference}.{}", hex::encode(&tag[..TAG_BYTES]))
    }

    /// The reference in a token, if the token is one of ours.
    pub fn open<'a>(&self, token: &'a str) -> Option<&'a str> {
        let (reference, tag) = token.rsplit_once('.')?;
        let tag = unhex(tag)?;
        // Left truncation is fixed to the length that we give out, so that a shorter tag is not easier to guess.
        (tag.len() == TAG_BYTES && self.mac(reference).verify_truncated_left(&tag).is_ok()).then_some(reference)
    }

    /// The key itself, for keys that are derived from it.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    fn mac(&self, reference: &str) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(b"receipt:");
        mac.update(reference.as_bytes());
        mac
    }
}

fn write_private(path: &Path, key: &[u8]) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(key)?;
    file.sync_all()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text.chars().map(|c| c.to_digit(16).map(|d| d as u8)).collect();
    digits?
        .chunks(2)
        .map(|pair| Some(pair[0] << 4 | pair.get(1)?))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_opens_its_own_ticket_and_no_other() {
        let dir = tempfile::tempdir().expect("folder");
        let key = ReceiptKey::load_or_create(dir.path());
        let token = key.seal("T-1001");
        assert_eq!(key.open(&token), Some("T-1001"));
        assert_eq!(key.open(&token.replace("T-1001", "T-1002")), None);
        for wrong in [
            "T-1001",
            "T-1001.",
            "T-1001.00",
            "T-1001.zz",
            &token[..token.len() - 2],
            "",
            ".",
        ] {
            assert_eq!(key.open(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn receipts_outlive_a_restart() {
        let dir = tempfile::tempdir().expect("folder");
        let token = ReceiptKey::load_or_create(dir.path()).seal("T-1");
        assert_eq!(ReceiptKey::load_or_create(dir.path()).open(&token), Some("T-1"));
    }
}
