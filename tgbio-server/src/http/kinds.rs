//! The table of everything that can go wrong over HTTP: each row is a problem type with its page under `/problems`.

use poem::http::StatusCode;

/// One problem type. Its name is the last part of `type` and the whole of `code`.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// Name in addresses and in `code`; never changes.
    pub name: &'static str,
    /// Status of answers of this type.
    pub status: StatusCode,
    /// One short line, the same for every occurrence.
    pub title: &'static str,
    /// For the page: why this happens and what to do.
    pub help: &'static str,
}

macro_rules! kinds {
    ($($name:ident = $text:literal, $status:ident, $title:literal, $help:literal;)*) => {
        $(#[doc = $title] pub const $name: &Kind =
            &Kind { name: $text, status: StatusCode::$status, title: $title, help: $help };)*
        /// Every problem type.
        pub const ALL: &[&Kind] = &[$($name),*];
    };
}

kinds! {
    BAD_REQUEST = "bad_request", BAD_REQUEST, "The request is malformed",
        "Send it anew from its page, or look at the API's document. The detail names the part that is wrong.";
    BAD_PARAMETER = "bad_parameter", BAD_REQUEST, "A parameter is wrong",
        "Something in the path or the query is missing, unknown, given twice or out of its range. The detail names it.";
    BAD_BODY = "bad_body", BAD_REQUEST, "The body is wrong",
        "It is cut off or not valid JSON, or a field in it is missing, unknown or of the wrong type.";
    UNAUTHORIZED = "unauthorized", UNAUTHORIZED, "Who are you?",
        "Log in, or send a token: Authorization: Bearer TOKEN. Tokens are made with: tgbio token create NAME.";
    INVALID_TOKEN = "invalid_token", UNAUTHORIZED, "The token is not valid",
        "The token is misspelt or was revoked. Make a new one with: tgbio token create NAME.";
    BAD_CREDENTIALS = "bad_credentials", UNAUTHORIZED, "User name or password is wrong",
        "Check both. A new password is set on the server with: tgbio password.";
    FORBIDDEN = "forbidden", FORBIDDEN, "Not allowed",
        "The token's scope does not reach that far. Scopes are read, write and admin; each includes the ones before.";
    CROSS_SITE = "cross_site", FORBIDDEN, "The form came from another site",
        "Changes are taken only from this server's own pages. If it stands behind a proxy, set its public URL.";
    NOT_FOUND = "not_found", NOT_FOUND, "Nothing here",
        "Check the address. What was erased does not come back.";
    NO_SUCH_PROFILE = "no_such_profile", NOT_FOUND, "No such public profile",
        "Telegram shows nobody under this name now. Check the spelling.";
    METHOD_NOT_ALLOWED = "method_not_allowed", METHOD_NOT_ALLOWED, "The method does not fit",
        "The header Allow of the answer names the methods that work at this address.";
    NOT_ACCEPTABLE = "not_acceptable", NOT_ACCEPTABLE, "No such representation",
        "The answer exists in other media types than those the request accepts.";
    REQUEST_TIMEOUT = "request_timeout", REQUEST_TIMEOUT, "The request took too long to arrive",
        "Send it again, over a better connection if that is possible.";
    CONFLICT = "conflict", CONFLICT, "It does not fit what is stored",
        "It is in another state by now. Look at it again.";
    ALREADY_FOLLOWED = "already_followed", CONFLICT, "The profile is followed already",
        "The same profile is stored, perhaps under another spelling of its name.";
    GONE = "gone", GONE, "It was here",
        "It was removed for good.";
    PAYLOAD_TOO_LARGE = "payload_too_large", PAYLOAD_TOO_LARGE, "The body is too large",
        "Send less at once.";
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "The media type is not understood",
        "Bodies of the API are JSON: Content-Type: application/json.";
    INVALID_USERNAME = "invalid_username", UNPROCESSABLE_ENTITY, "Not a possible username",
        "Usernames have 4 to 32 letters, digits and underscores and begin with a letter. Links to t.me work as well.";
    UNPROCESSABLE = "unprocessable", UNPROCESSABLE_ENTITY, "It cannot be done with these values",
        "The request is well formed all the same. The detail says what is wrong.";
    OPTED_OUT = "opted_out", UNPROCESSABLE_ENTITY, "The profile has opted out",
        "The name is on the list of those who do not want to be followed.";
    TOO_MANY_REQUESTS = "too_many_requests", TOO_MANY_REQUESTS, "Too many attempts",
        "Wait a little, and try again. The header Retry-After says how many seconds.";
    INTERNAL = "internal", INTERNAL_SERVER_ERROR, "The server failed",
        "The request was not to blame. The log of the server says more.";
    NOT_YET = "not_yet", NOT_IMPLEMENTED, "Not yet",
        "This version of the server cannot do that yet.";
    BAD_GATEWAY = "bad_gateway", BAD_GATEWAY, "Telegram gave an answer that cannot be read",
        "Try again later. The status page says more.";
    UNAVAILABLE = "unavailable", SERVICE_UNAVAILABLE, "Not available now",
        "Telegram, or a part of the server, cannot be asked now. Try again later, after Retry-After if it is given.";
    GATEWAY_TIMEOUT = "gateway_timeout", GATEWAY_TIMEOUT, "Telegram did not answer in time",
        "Try again later.";
}

/// The type of this name.
pub fn by_name(name: &str) -> Option<&'static Kind> {
    ALL.iter().copied().find(|kind| kind.name == name)
}

/// The most general type for a status.
pub fn for_status(status: StatusCode) -> &'static Kind {
    let general = ALL.iter().copied().find(|kind| kind.status == status);
    let by_class = if status.is_server_error() { INTERNAL } else { BAD_REQUEST };
    general.unwrap_or(by_class)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_general_types_come_first() {
        for (index, kind) in ALL.iter().enumerate() {
            assert!(ALL[index + 1..].iter().all(|other| other.name != kind.name), "{}", kind.name);
        }
        assert_eq!(for_status(StatusCode::BAD_REQUEST), BAD_REQUEST);
        assert_eq!(for_status(StatusCode::UNAUTHORIZED), UNAUTHORIZED);
        assert_eq!(for_status(StatusCode::IM_A_TEAPOT), BAD_REQUEST);
        assert_eq!(for_status(StatusCode::INSUFFICIENT_STORAGE), INTERNAL);
    }
}
