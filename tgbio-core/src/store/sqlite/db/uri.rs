//! Paths as SQLite's `file:` addresses.

use std::path::Path;

/// The address that reads a file without locks and without files beside it.
pub(super) fn immutable(path: &Path) -> String {
    format!("file:{}?immutable=1", escaped(path))
}

fn escaped(path: &Path) -> String {
    let mut address = String::new();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                address.push(char::from(*byte));
            }
            other => address.push_str(&format!("%{other:02X}")),
        }
    }
    address
}

#[cfg(test)]
mod tests {
    #[test]
    fn signs_with_a_meaning_are_escaped() {
        let address = super::immutable(std::path::Path::new("/a b?/50%#.db"));
        assert_eq!(address, "file:/a%20b%3F/50%25%23.db?immutable=1");
    }
}
