//! What a picture is, by its first bytes and never by what the server says.

/// The media type of a JPEG, PNG or WebP.
pub(super) fn media_type(body: &[u8]) -> Option<&'static str> {
    if body.starts_with(b"\xff\xd8\xff") {
        Some("image/jpeg")
    } else if body.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some("image/png")
    } else if body.starts_with(b"RIFF") && body.get(8..12) == Some(b"WEBP") {
        Some("image/webp")
    } else {
        None
    }
}
