//! A checkpoint as one line of text:
//!
//! ```text
//! tgbio-checkpoint-1 TIME links=NUMBER head=HEX key=HEX signature=BASE64
//! ```
//!
//! The signature (Ed25519) is over the bytes of the line before ` signature=`; `head` is the hash of link `links`, or 32
//! zero bytes for an empty chain.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use tgbio_core::Timestamp;
use tgbio_core::store::sqlite::{ChainHead, Checkpoint};

/// What every line begins with.
const FORM: &str = "tgbio-checkpoint-1";

/// Why a line is no checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadLine {
    /// It does not read as one.
    #[error("it is no line of the form `tgbio-checkpoint-1 TIME links=... head=... key=... signature=...`")]
    Form,
    /// The signature is not that of the key.
    #[error("its signature is not right: it was changed, or another key signed it")]
    Signature,
}

/// What is signed.
pub fn signed_part(checkpoint: &Checkpoint) -> String {
    let Checkpoint { at, head, key, .. } = checkpoint;
    format!("{FORM} {at} links={} head={} key={}", head.seq, hex::encode(head.hash), hex::encode(key))
}

/// The whole line, without its end.
pub fn line(checkpoint: &Checkpoint) -> String {
    format!("{} signature={}", signed_part(checkpoint), STANDARD.encode(checkpoint.signature))
}

/// Reads a line and verifies its signature with the key that it names.
///
/// # Errors
/// [`BadLine`].
pub fn read_line(line: &str) -> Result<Checkpoint, BadLine> {
    let checkpoint = parts(line.trim_end()).ok_or(BadLine::Form)?;
    // Only one spelling is signed.
    if self::line(&checkpoint) != line.trim_end() {
        return Err(BadLine::Form);
    }
    let key = VerifyingKey::from_bytes(&checkpoint.key).map_err(|_| BadLine::Signature)?;
    let signature = Signature::from_bytes(&checkpoint.signature);
    let signed = signed_part(&checkpoint);
    key.verify_strict(signed.as_bytes(), &signature).map_err(|_| BadLine::Signature)?;
    Ok(checkpoint)
}

fn parts(line: &str) -> Option<Checkpoint> {
    let mut words = line.split(' ');
    (words.next()? == FORM).then_some(())?;
    let at: Timestamp = words.next()?.parse().ok()?;
    let links = words.next()?.strip_prefix("links=")?.parse().ok()?;
    let head = unhex(words.next()?.strip_prefix("head=")?)?;
    let key = unhex(words.next()?.strip_prefix("key=")?)?;
    let signature = STANDARD.decode(words.next()?.strip_prefix("signature=")?).ok()?.try_into().ok()?;
    words.next().is_none().then_some(Checkpoint { at, head: ChainHead::at(links, head), key, signature })
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(bytes)
}

/// Reads every line of a text; empty ones are skipped.
///
/// # Errors
/// The number of the first bad line, from 1, and what is wrong with it.
pub fn read_lines(text: &str) -> Result<Vec<Checkpoint>, (usize, BadLine)> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(at, line)| read_line(line).map_err(|error| (at + 1, error))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::SigningKey;
    use super::*;

    #[test]
    fn a_line_comes_back_and_no_changed_byte_passes() {
        let folder = tempfile::tempdir().unwrap();
        let key = SigningKey::of_file(&folder.path().join("k")).unwrap();
        let at = Timestamp::from_millis(1_795_222_923_004);
        let mut made =
            Checkpoint { at, head: ChainHead::at(7, [3; 32]), key: key.public(), signature: [0; 64] };
        made.signature = key.sign(signed_part(&made).as_bytes());
        let text = line(&made);
        assert_eq!(read_line(&text), Ok(made.clone()));
        assert_eq!(read_lines(&format!("{text}\n\n{text}\n")), Ok(vec![made.clone(), made]));
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            let changed = String::from_utf8(bytes).unwrap();
            assert!(read_line(&changed).is_err(), "{changed}");
        }
        assert_eq!(read_lines(&format!("{text}\nx")), Err((2, BadLine::Form)));
    }
}
