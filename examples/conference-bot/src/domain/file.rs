//! What a file is, by its content: its name is kept and believed in nothing.

use std::io::{Read, Seek, SeekFrom};

use super::DocumentKind;

/// The largest file that a bot can get from Telegram.
pub const LARGEST: u64 = 20 * 1024 * 1024;
/// Entries that a DOCX may have.
const ENTRIES: usize = 4_000;
/// What a DOCX may unpack to.
const UNPACKED: u64 = 300 * 1024 * 1024;
/// How much larger than packed an entry may be, beyond a first megabyte.
const RATIO: u64 = 200;

/// A kind of file that is known by its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Portable document.
    Pdf,
    /// Word document.
    Docx,
    /// Photo.
    Jpeg,
    /// Picture.
    Png,
}

impl Format {
    /// The media type.
    pub fn mime(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }

    /// The end of a file's name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Docx => "docx",
            Self::Jpeg => "jpg",
            Self::Png => "png",
        }
    }

    /// By its media type.
    pub fn of_mime(mime: &str) -> Option<Self> {
        [Self::Pdf, Self::Docx, Self::Jpeg, Self::Png].into_iter().find(|format| format.mime() == mime)
    }
}

/// The formats in which a document may come.
pub fn formats(kind: DocumentKind) -> &'static [Format] {
    match kind {
        DocumentKind::Consent => &[Format::Jpeg, Format::Png, Format::Pdf],
        DocumentKind::Permit => &[Format::Pdf],
        DocumentKind::Paper => &[Format::Pdf, Format::Docx],
    }
}

/// Looks whether a file is one of the formats that are wanted. The error is the key of a text.
pub fn inspect(file: &mut (impl Read + Seek), kind: DocumentKind) -> Result<Format, &'static str> {
    let size = file.seek(SeekFrom::End(0)).map_err(|_| "bad.file.broken")?;
    if size == 0 {
        return Err("bad.file.empty");
    }
    if size > LARGEST {
        return Err("bad.file.large");
    }
    let format = sniff(file, size)?.ok_or_else(|| expected(kind))?;
    if formats(kind).contains(&format) { Ok(format) } else { Err(expected(kind)) }
}

/// The text that says which formats are taken.
pub fn expected(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Consent => "bad.file.consent",
        DocumentKind::Permit => "bad.file.permit",
        DocumentKind::Paper => "bad.file.paper",
    }
}

fn sniff(file: &mut (impl Read + Seek), size: u64) -> Result<Option<Format>, &'static str> {
    let head = part(file, 0, 1024)?;
    let tail = part(file, size.saturating_sub(2048), 2048)?;
    let has = |bytes: &[u8], what: &[u8]| bytes.windows(what.len()).any(|window| window == what);
    if head.starts_with(b"PK\x03\x04") {
        return docx(file).map(|()| Some(Format::Docx));
    }
    if has(&head, b"%PDF-") {
        return if has(&tail, b"%%EOF") { Ok(Some(Format::Pdf)) } else { Err("bad.file.cut") };
    }
    if head.starts_with(b"\x89PNG\r\n\x1a\n") && head.get(12..16) == Some(b"IHDR") {
        return if has(&tail, b"IEND") { Ok(Some(Format::Png)) } else { Err("bad.file.cut") };
    }
    if head.starts_with(&[0xff, 0xd8, 0xff]) {
        return if has(&tail, &[0xff, 0xd9]) { Ok(Some(Format::Jpeg)) } else { Err("bad.file.cut") };
    }
    Ok(None)
}

fn part(file: &mut (impl Read + Seek), from: u64, length: u64) -> Result<Vec<u8>, &'static str> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(from)).map_err(|_| "bad.file.broken")?;
    file.take(length).read_to_end(&mut bytes).map_err(|_| "bad.file.broken")?;
    Ok(bytes)
}

/// A DOCX has its two parts, no macros, and is no bomb. What it announces is checked by unpacking the main part.
fn docx(file: &mut (impl Read + Seek)) -> Result<(), &'static str> {
    let mut archive = zip::ZipArchive::new(file).map_err(|_| "bad.file.paper")?;
    if archive.len() > ENTRIES {
        return Err("bad.file.bomb");
    }
    let (mut total, mut types, mut document) = (0_u64, false, None);
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(|_| "bad.file.broken")?;
        let (packed, unpacked) = (entry.compressed_size(), entry.size());
        total = total.saturating_add(unpacked);
        if total > UNPACKED || unpacked > packed.saturating_mul(RATIO).saturating_add(1 << 20) {
            return Err("bad.file.bomb");
        }
        let name = entry.name().map_err(|_| "bad.file.broken")?;
        match name.as_ref() {
            "[Content_Types].xml" => types = true,
            "word/document.xml" => document = Some(index),
            name if name.to_ascii_lowercase().ends_with("vbaproject.bin") => return Err("bad.file.macros"),
            _ => {}
        }
    }
    let index = document.filter(|_| types).ok_or("bad.file.paper")?;
    unpacks(&mut archive, index)
}

/// Unpacks one part within bounds, so that a lie about its size is found out.
fn unpacks<R: Read + Seek>(archive: &mut zip::ZipArchive<R>, index: usize) -> Result<(), &'static str> {
    let entry = archive.by_index(index).map_err(|_| "bad.file.broken")?;
    let (announced, limit) =
        (entry.size(), entry.compressed_size().saturating_mul(RATIO).saturating_add(1 << 20));
    let unpacked =
        std::io::copy(&mut entry.take(limit + 1), &mut std::io::sink()).map_err(|_| "bad.file.broken")?;
    if unpacked > limit || unpacked != announced { Err("bad.file.bomb") } else { Ok(()) }
}

/// A file's name as people may see it: no path, no odd characters, not too long.
pub fn shown_name(name: &str, format: Format) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String =
        super::check::line(last).chars().filter(|c| !"<>:\"|?*".contains(*c)).take(80).collect();
    let stem = clean.rsplit_once('.').map_or(clean.as_str(), |(stem, _)| stem).trim_matches('.').trim();
    format!("{}.{}", if stem.is_empty() { "file" } else { stem }, format.extension())
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use super::*;

    fn look(bytes: &[u8], kind: DocumentKind) -> Result<Format, &'static str> {
        inspect(&mut Cursor::new(bytes), kind)
    }

    fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, body) in entries {
            zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(body).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn content_decides_and_not_the_name() {
        let docx = archive(&[("[Content_Types].xml", b"<a/>"), ("word/document.xml", b"<b/>")]);
        let macros = archive(&[
            ("[Content_Types].xml", b"<a/>"),
            ("word/document.xml", b"<b/>"),
            ("word/vbaProject.bin", b"x"),
        ]);
        let zeros = vec![0_u8; 30 << 20];
        let bomb = archive(&[("[Content_Types].xml", b"<a/>"), ("word/document.xml", &zeros)]);
        let pdf: &[u8] = b"%PDF-1.7\n1 0 obj\n%%EOF\n";
        let cases: &[(&[u8], DocumentKind, Result<Format, &str>)] = &[
            (pdf, DocumentKind::Paper, Ok(Format::Pdf)),
            (pdf, DocumentKind::Consent, Ok(Format::Pdf)),
            (&docx, DocumentKind::Paper, Ok(Format::Docx)),
            (&docx, DocumentKind::Permit, Err("bad.file.permit")),
            (&macros, DocumentKind::Paper, Err("bad.file.macros")),
            (&bomb, DocumentKind::Paper, Err("bad.file.bomb")),
            (&archive(&[("a", b"b")]), DocumentKind::Paper, Err("bad.file.paper")),
            (b"PK\x03\x04 broken", DocumentKind::Paper, Err("bad.file.paper")),
            (b"%PDF-1.7 cut", DocumentKind::Paper, Err("bad.file.cut")),
            (b"", DocumentKind::Paper, Err("bad.file.empty")),
            (b"MZ\x90", DocumentKind::Paper, Err("bad.file.paper")),
            (b"\xff\xd8\xff\xe0 x \xff\xd9", DocumentKind::Consent, Ok(Format::Jpeg)),
            (b"\xff\xd8\xff\xe0 x \xff\xd9", DocumentKind::Paper, Err("bad.file.paper")),
        ];
        for (bytes, kind, expected) in cases {
            assert_eq!(
                look(bytes, *kind),
                *expected,
                "{:?}",
                String::from_utf8_lossy(&bytes[..bytes.len().min(20)])
            );
        }
        assert_eq!(look(&vec![b'x'; (LARGEST + 1) as usize], DocumentKind::Paper), Err("bad.file.large"));
    }

    #[test]
    fn a_name_is_no_path() {
        for (name, shown) in [
            ("../../etc/passwd", "passwd.pdf"),
            ("..\\..\\win.ini", "win.pdf"),
            ("a\u{202e}fdp.exe", "afdp.pdf"),
            ("", "file.pdf"),
            ("...", "file.pdf"),
        ] {
            assert_eq!(shown_name(name, Format::Pdf), shown);
        }
        assert!(shown_name(&"ж".repeat(500), Format::Pdf).chars().count() < 90);
    }
}
