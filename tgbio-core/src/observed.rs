//! Three-valued knowledge of a field: known, known to be empty, not visible to this source.

/// What a source can say about one field.
///
/// The difference between [`Absent`](Observed::Absent) and [`Hidden`](Observed::Hidden) is what keeps an error or a
/// poorer source from being told as a change: only two known sides can differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Observed<T> {
    /// The value is known.
    Present(T),
    /// It is known that there is no value.
    Absent,
    /// This source cannot tell.
    #[default]
    Hidden,
}

impl<T> Observed<T> {
    /// `Some` is present, `None` is known to be empty.
    pub fn from_option(value: Option<T>) -> Self {
        value.map_or(Self::Absent, Self::Present)
    }

    /// The value, if it is known.
    pub fn present(&self) -> Option<&T> {
        match self {
            Self::Present(value) => Some(value),
            Self::Absent | Self::Hidden => None,
        }
    }

    /// Whether the source could not tell.
    pub fn is_hidden(&self) -> bool {
        matches!(self, Self::Hidden)
    }

    /// Whether the field is known to be empty.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// Whether the field is known, be it empty or not.
    pub fn is_known(&self) -> bool {
        !self.is_hidden()
    }

    /// The same knowledge, borrowed.
    pub fn as_ref(&self) -> Observed<&T> {
        match self {
            Self::Present(value) => Observed::Present(value),
            Self::Absent => Observed::Absent,
            Self::Hidden => Observed::Hidden,
        }
    }

    /// Changes the value and keeps the kind of knowledge.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Observed<U> {
        match self {
            Self::Present(value) => Observed::Present(change(value)),
            Self::Absent => Observed::Absent,
            Self::Hidden => Observed::Hidden,
        }
    }

    /// This knowledge, or the other where this source could not tell.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        if self.is_hidden() { other } else { self }
    }
}

impl<T> From<Option<T>> for Observed<T> {
    fn from(value: Option<T>) -> Self {
        Self::from_option(value)
    }
}

/// Present is the value itself, absent is `null`; a hidden field is left out by its owner (`skip_serializing_if`).
#[cfg(feature = "serde")]
impl<T: serde::Serialize> serde::Serialize for Observed<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.present().serialize(serializer)
    }
}

#[cfg(feature = "serde")]
impl<'de, T: serde::Deserialize<'de>> serde::Deserialize<'de> for Observed<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::<T>::deserialize(deserializer).map(Self::from_option)
    }
}

#[cfg(test)]
mod tests {
    use super::Observed;

    #[test]
    fn hidden_gives_way_and_absent_does_not() {
        assert_eq!(Observed::Hidden.or(Observed::Present(1)), Observed::Present(1));
        assert_eq!(Observed::Absent.or(Observed::Present(1)), Observed::Absent);
        assert_eq!(Observed::from_option(Some(2)).map(|n| n + 1), Observed::Present(3));
    }
}
