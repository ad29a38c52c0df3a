use super::{ErrorMapping, MappedException};
use crate::{
    Route, StatusCode,
    model::{error::CognitoName, exception::Subject},
};

const ROUTE: Route = Route {
    name: "test",
    error_prefix: "Refused",
    failure_prefix: "Failed",
    error_mappings: &[
        ErrorMapping::new(&["NotAuthorizedException"], StatusCode::UNAUTHORIZED, "Wrong"),
        ErrorMapping::new(&["InvalidParameterException"], StatusCode::BAD_REQUEST, "Weak")
            .about(Subject::Password),
        ErrorMapping::new(&["ResourceNotFoundException"], StatusCode::NOT_FOUND, "Gone"),
        ErrorMapping::new(&["UserLambdaValidationException"], StatusCode::IM_A_TEAPOT, "Never"),
    ],
};

fn map(exception: &str, subject: Subject, users_are_revealed: bool) -> MappedException {
    ROUTE.map(&CognitoName::parse(exception).unwrap(), subject, users_are_revealed)
}

fn summary(exception: &str, subject: Subject, users_are_revealed: bool) -> (u16, String, String) {
    let mapped = map(exception, subject, users_are_revealed);
    (mapped.status.as_u16(), mapped.detail.into_owned(), mapped.error_type.into_owned())
}

#[test]
fn own_mapping_precedes_common_one() {
    let own = summary("ResourceNotFoundException", Subject::Other, false);
    assert_eq!(own, (404, "Gone".to_owned(), "ResourceNotFoundException".to_owned()));
}

#[test]
fn trigger_rejection_precedes_own_mapping() {
    let trigger = summary("UserLambdaValidationException", Subject::Other, false);
    let detail = "Refused: UserLambdaValidationException".to_owned();
    assert_eq!(trigger, (403, detail, "UserLambdaValidationException".to_owned()));
}

#[test]
fn mapping_applies_to_its_subject_alone() {
    let name = "InvalidParameterException";
    assert_eq!(summary(name, Subject::Password, false), (400, "Weak".to_owned(), name.to_owned()));
    assert_eq!(summary(name, Subject::Username, false), (400, format!("Refused: {name}"), name.to_owned()));
}

#[test]
fn unknown_user_is_hidden_by_default() {
    let hidden = summary("UserNotFoundException", Subject::Other, false);
    assert_eq!(hidden, summary("NotAuthorizedException", Subject::Other, false));
    let revealed = summary("UserNotFoundException", Subject::Other, true);
    let name = "UserNotFoundException";
    assert_eq!(revealed, (401, format!("Refused: {name}"), name.to_owned()));
}

#[test]
fn unknown_user_is_hidden_by_own_mapping() {
    const HIDING: Route = Route {
        error_mappings: &[
            ErrorMapping::new(&["UserNotFoundException"], StatusCode::BAD_REQUEST, "Wrong code")
                .hidden_as("CodeMismatchException"),
            ErrorMapping::new(&["UserNotFoundException"], StatusCode::NOT_FOUND, "No such user")
                .if_users_are_revealed(),
        ],
        ..ROUTE
    };
    let unknown = CognitoName::parse("UserNotFoundException").unwrap();
    let hidden = HIDING.map(&unknown, Subject::Other, false);
    assert_eq!((hidden.status.as_u16(), &*hidden.error_type), (400, "CodeMismatchException"));
    let revealed = HIDING.map(&unknown, Subject::Other, true);
    assert_eq!((revealed.status.as_u16(), &*revealed.error_type), (404, "UserNotFoundException"));
}
