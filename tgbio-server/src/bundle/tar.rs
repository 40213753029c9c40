//! A tar archive as a stream: entries whose length is known, written a piece at a time, and the list of their hashes.

use std::io::{self, Write};

use sha2::{Digest, Sha256};

/// Everything in an archive stands in blocks of this size.
const BLOCK: u64 = 512;

/// An archive that is being written.
pub struct Archive<W> {
    out: W,
    /// Everything lies in this folder.
    folder: String,
    /// Seconds since 1970, the same for all entries.
    time: u64,
    sums: String,
}

/// An entry that is being written.
pub struct Entry<'a, W> {
    archive: &'a mut Archive<W>,
    name: String,
    length: u64,
    left: u64,
    hash: Sha256,
}

impl<W: Write> Archive<W> {
    /// An empty archive, which unpacks into one folder; its name is ours, too.
    pub fn new(out: W, folder: impl Into<String>, time: u64) -> Self {
        Self { out, folder: folder.into(), time, sums: String::new() }
    }

    /// Begins an entry of a length that is known; `name` is ours, never a stranger's.
    pub fn entry(&mut self, name: &str, length: u64) -> io::Result<Entry<'_, W>> {
        let mut header = tar::Header::new_ustar();
        header.set_path(format!("{}/{name}", self.folder))?;
        header.set_size(length);
        header.set_mode(0o644);
        header.set_mtime(self.time);
        header.set_entry_type(tar::EntryType::Regular);
        header.set_cksum();
        self.out.write_all(header.as_bytes())?;
        Ok(Entry { archive: self, name: name.to_owned(), length, left: length, hash: Sha256::new() })
    }

    /// A whole entry.
    pub fn file(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut entry = self.entry(name, bytes.len() as u64)?;
        entry.write(bytes)?;
        entry.end()
    }

    /// Writes the list of hashes and the end.
    pub fn end(mut self) -> io::Result<W> {
        let sums = std::mem::take(&mut self.sums);
        self.file("SHA256SUMS", sums.as_bytes())?;
        self.out.write_all(&[0; 2 * BLOCK as usize])?;
        self.out.flush()?;
        Ok(self.out)
    }
}

impl<W: Write> Entry<'_, W> {
    /// The next piece.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let wrong = || io::Error::other("an entry is longer than was said");
        self.left = self.left.checked_sub(bytes.len() as u64).ok_or_else(wrong)?;
        self.hash.update(bytes);
        self.archive.out.write_all(bytes)
    }

    /// The end of the entry.
    pub fn end(self) -> io::Result<()> {
        if self.left > 0 {
            return Err(io::Error::other("an entry is shorter than was said"));
        }
        let rest = usize::try_from(self.length.next_multiple_of(BLOCK) - self.length).unwrap_or(0);
        self.archive.out.write_all(&[0; BLOCK as usize][..rest])?;
        let line = format!("{}  {}\n", hex::encode(self.hash.finalize()), self.name);
        self.archive.sums.push_str(&line);
        Ok(())
    }
}
