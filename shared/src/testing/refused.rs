//! What a client is to read where Cognito refuses: the contract's table of errors, for tests.

use super::{exceptions::exceptions, reply::Reply};

/// An exception of Cognito, and what a client is to read of it.
#[derive(Debug)]
pub struct Refused {
    /// What Cognito replies.
    pub reply: Reply,
    /// The exception's name.
    pub exception: String,
    /// The answer's status.
    pub status: u16,
    /// The answer's sentence.
    pub detail: String,
}

/// Every exception that is documented for `operation`, and those that `rows` name beside them, with what is to be
/// answered: what `rows` say, and else what the contract has for all routes, with `refused` before the name.
pub fn refused(operation: &str, refused: &str, rows: &[(&str, u16, &str)]) -> Vec<Refused> {
    let documented = exceptions(operation);
    let others = rows.iter().map(|(exception, ..)| (*exception).to_owned());
    let others: Vec<_> = others.filter(|exception| !documented.contains(exception)).collect();
    let documented = documented.into_iter().map(|name| (Reply::refusal(operation, &name), name));
    let others = others.into_iter().map(|name| (Reply::made_up_refusal(&name, "not documented"), name));
    let answered = documented.chain(others).map(|(reply, exception)| {
        let row = rows.iter().find(|(name, ..)| *name == exception);
        let (status, detail) = match row {
            Some((_, status, detail)) => (*status, (*detail).to_owned()),
            None => (usual_status(&exception), format!("{refused}: {exception}")),
        };
        Refused { reply, exception, status, detail }
    });
    answered.collect()
}

/// The contract's, written down once more: what is tested must not be asked what is right.
fn usual_status(exception: &str) -> u16 {
    match exception {
        "NotAuthorizedException" | "UserNotFoundException" => 401,
        "PasswordResetRequiredException" | "UserNotConfirmedException" => 403,
        "LimitExceededException" | "TooManyRequestsException" => 429,
        "InvalidParameterException" => 400,
        _ => 500,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_exception_has_an_answer_and_one_alone() {
        let rows = [("ForbiddenException", 418, "No"), ("OtherException", 409, "Other")];
        let answers = refused("RevokeToken", "Refused", &rows);
        let names: BTreeSet<_> = answers.iter().map(|it| it.exception.as_str()).collect();
        assert_eq!(names.len(), answers.len());
        assert!(exceptions("RevokeToken").iter().all(|name| names.contains(name.as_str())));
        let of = |name| {
            let it = answers.iter().find(|it| it.exception == name).unwrap();
            (it.status, it.detail.as_str())
        };
        assert_eq!(of("ForbiddenException"), (418, "No"));
        assert_eq!(of("OtherException"), (409, "Other"));
        assert_eq!(of("TooManyRequestsException"), (429, "Refused: TooManyRequestsException"));
        assert_eq!(of("InternalErrorException"), (500, "Refused: InternalErrorException"));
    }
}
