//! Telegram's words during a log-in, as sentences that say what to do.

use std::time::Duration;

use super::super::rpc::Fault;
use super::LoginError;

pub(super) fn refusal(fault: Fault) -> LoginError {
    match fault {
        Fault::Rpc(error) => {
            of_word(&error.name, error.code, error.value.map(|wait| Duration::from_secs(u64::from(wait))))
        }
        other => LoginError::Unreachable(other.to_string()),
    }
}

/// Sources: the pages of auth.sendCode, auth.signIn, auth.checkPassword and auth.importBotAuthorization.
fn of_word(name: &str, code: i32, wait: Option<Duration>) -> LoginError {
    match name {
        "PHONE_CODE_INVALID" | "PHONE_CODE_EMPTY" => LoginError::WrongCode,
        "PHONE_CODE_EXPIRED" | "PHONE_CODE_HASH_EMPTY" | "AUTH_RESTART" => LoginError::CodeExpired,
        "PASSWORD_HASH_INVALID" => LoginError::WrongPassword,
        "PHONE_NUMBER_UNOCCUPIED" => LoginError::SignUpRequired,
        "PHONE_NUMBER_INVALID" | "PHONE_NUMBER_APP_SIGNUP_FORBIDDEN" => LoginError::PhoneInvalid,
        "PHONE_NUMBER_BANNED" => LoginError::PhoneBanned,
        "USER_DEACTIVATED" | "USER_DEACTIVATED_BAN" => LoginError::AccountClosed,
        "PHONE_NUMBER_FLOOD" | "PHONE_PASSWORD_FLOOD" => LoginError::TooManyTries { wait },
        "ACCESS_TOKEN_INVALID" | "ACCESS_TOKEN_EXPIRED" => LoginError::TokenInvalid,
        "API_ID_INVALID" => LoginError::ApiIdInvalid,
        "API_ID_PUBLISHED_FLOOD" => LoginError::ApiIdPublished,
        _ if code == 420 => LoginError::TooManyTries { wait },
        _ => LoginError::Refused(name.chars().filter(|c| !c.is_control()).take(80).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::AskAgain;
    use super::*;

    #[test]
    fn each_refusal_says_what_to_do() {
        let cases = [
            ("PHONE_CODE_INVALID", 400, AskAgain::Code, "enter the one"),
            ("PHONE_CODE_EXPIRED", 400, AskAgain::Phone, "new one"),
            ("PASSWORD_HASH_INVALID", 400, AskAgain::Password, "two-step"),
            ("PHONE_NUMBER_INVALID", 406, AskAgain::Phone, "country code"),
            ("PHONE_NUMBER_UNOCCUPIED", 400, AskAgain::Nothing, "sign up"),
            ("PHONE_NUMBER_BANNED", 400, AskAgain::Nothing, "another account"),
            ("PHONE_NUMBER_FLOOD", 400, AskAgain::Nothing, "up to a day"),
            ("API_ID_INVALID", 400, AskAgain::Nothing, "my.telegram.org"),
            ("API_ID_PUBLISHED_FLOOD", 400, AskAgain::Nothing, "published"),
            ("ACCESS_TOKEN_INVALID", 400, AskAgain::Nothing, "@BotFather"),
            ("SOMETHING_NEW", 400, AskAgain::Nothing, "SOMETHING_NEW"),
        ];
        for (word, code, again, words) in cases {
            let error = of_word(word, code, None);
            assert_eq!(error.ask_again(), again, "{word}");
            assert!(error.to_string().contains(words), "{error}");
        }
        let flood = of_word("FLOOD_WAIT", 420, Some(Duration::from_secs(31)));
        assert!(flood.to_string().contains("31 s"), "{flood}");
    }
}
