//! Small documents that are what they claim to be.

use std::io::Write as _;

/// A PDF with a line in it.
pub fn pdf(line: &str) -> Vec<u8> {
    format!("%PDF-1.4\n% {line}\n1 0 obj <</Type/Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n")
        .into_bytes()
}

/// A photo with a line in it.
pub fn jpeg(line: &str) -> Vec<u8> {
    let mut bytes = vec![0xff, 0xd8, 0xff, 0xe0];
    bytes.extend(line.as_bytes());
    bytes.extend([0xff, 0xd9]);
    bytes
}

/// A DOCX with these entries beside those that it must have.
pub fn docx(more: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let plain: [(&str, &[u8]); 2] =
        [("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<document/>")];
    for (name, body) in plain.iter().chain(more) {
        let options = zip::write::SimpleFileOptions::default();
        // Writing into memory does not fail.
        let _ = zip.start_file(*name, options).map(|()| zip.write_all(body));
    }
    zip.finish().map(std::io::Cursor::into_inner).unwrap_or_default()
}
