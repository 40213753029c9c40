//! A profile photo, and which one it is: every source has its own name for it.

/// Which photo it is: named by its source, and compared only within one.
///
/// `sha256:HEX` is the hash of the picture's bytes, `telegram:ID` the id that Telegram's protocol gives it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct PhotoId(String);

impl PhotoId {
    /// The photo with these SHA-256 bytes.
    pub fn sha256(hash: &[u8; 32]) -> Self {
        Self(format!("sha256:{}", hex::encode(hash)))
    }

    /// The photo with this id in Telegram's protocol.
    pub fn telegram(id: i64) -> Self {
        Self(format!("telegram:{id}"))
    }

    /// The whole name, source and value.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the colon.
    pub fn source(&self) -> &str {
        self.0.split(':').next().unwrap_or_default()
    }

    /// The hexadecimal SHA-256 of the bytes, where the photo is named by it.
    pub fn sha256_hex(&self) -> Option<&str> {
        self.0.strip_prefix("sha256:")
    }

    /// Whether these are two different photos for sure: named by the same source, and differently.
    pub fn differs_from(&self, other: &Self) -> bool {
        self.source() == other.source() && self != other
    }
}

/// A profile photo.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
pub struct Photo {
    /// Which photo it is; `None` until its bytes have been read. Where several sources have named it, the name by its
    /// bytes, under which the picture is kept.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub id: Option<PhotoId>,
    /// What other sources call the same photo, one name each.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Vec::is_empty"))]
    pub others: Vec<PhotoId>,
    /// Where it was served. The address rotates although the photo stays, so it says nothing about a change.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub url: Option<String>,
}

impl Photo {
    /// A photo of which only the address is known.
    pub fn at(url: impl Into<String>) -> Self {
        Self { url: Some(url.into()), ..Self::default() }
    }

    /// A photo of which only the name is known that one source gives it.
    pub fn named(id: PhotoId) -> Self {
        Self { id: Some(id), ..Self::default() }
    }

    /// All names of the photo.
    pub fn ids(&self) -> impl Iterator<Item = &PhotoId> {
        self.id.iter().chain(&self.others)
    }

    /// The name that one source (`sha256`, `telegram`) gives the photo.
    pub fn id_by(&self, source: &str) -> Option<&PhotoId> {
        self.ids().find(|id| id.source() == source)
    }

    /// The names by which these are two different photos for sure; `None` when no source has named both, or the same.
    pub fn differing<'a>(&'a self, other: &'a Self) -> Option<(&'a PhotoId, &'a PhotoId)> {
        self.ids()
            .find_map(|id| other.id_by(id.source()).filter(|theirs| id.differs_from(theirs)).map(|b| (id, b)))
    }

    /// The photo after a newer sight: the same photo gains names, another one begins with its own.
    #[must_use]
    pub(crate) fn seen_again(&self, newer: &Self) -> Self {
        let url = newer.url.clone().or_else(|| self.url.clone());
        if self.differing(newer).is_some() {
            return Self { url, ..newer.clone() };
        }
        let new = newer.ids().filter(|id| self.id_by(id.source()).is_none());
        let mut ids: Vec<PhotoId> = self.ids().chain(new).cloned().collect();
        ids.sort_by_key(|id| id.sha256_hex().is_none());
        let mut ids = ids.into_iter();
        Self { id: ids.next(), others: ids.collect(), url }
    }

    /// Whether [`seen_again`](Self::seen_again) would give back the same.
    pub(crate) fn says_no_more_than(&self, known: &Self) -> bool {
        (self.url.is_none() || self.url == known.url)
            && self.ids().all(|id| known.ids().any(|other| other == id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The photo with these names.
    fn photo<const N: usize>(ids: [&PhotoId; N]) -> Photo {
        let mut ids = ids.into_iter().cloned();
        Photo { id: ids.next(), others: ids.collect(), url: None }
    }

    #[test]
    fn names_gather_until_one_source_sees_another_photo() {
        let (read, told, other) = (PhotoId::sha256(&[1; 32]), PhotoId::telegram(5), PhotoId::telegram(6));
        let both = photo([&told]).seen_again(&photo([&read]));
        assert_eq!(both, photo([&read, &told]), "the name by its bytes comes first");
        assert!(photo([&told]).says_no_more_than(&both) && photo([]).says_no_more_than(&both));
        assert_eq!(both.differing(&photo([&other])), Some((&told, &other)));
        assert_eq!(both.seen_again(&photo([&other])), photo([&other]));
        assert_eq!(photo([&told]).differing(&photo([&read])), None);
    }
}
