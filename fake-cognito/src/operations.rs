//! Operations.

mod accounts;
mod attributes;
mod passkeys;
mod sign_in;
mod software_token;
pub(crate) mod tokens;
mod validation;

use serde_json::Value;

use crate::{
    exception::{Exception, OperationResult},
    pool::Pool,
};

impl Pool {
    /// Calls an operation.
    ///
    /// # Errors
    ///
    /// An exception of the operation, or `UnknownOperationException`.
    pub fn call(&mut self, operation: &str, input: &Value) -> OperationResult {
        validation::validate(input)?;
        match operation {
            "AdminCreateUser" => self.admin_create_user(input),
            "AdminInitiateAuth" => self.admin_initiate_auth(input),
            "AdminRespondToAuthChallenge" => self.admin_respond_to_auth_challenge(input),
            "AdminSetUserPassword" => self.admin_set_user_password(input),
            "AdminUserGlobalSignOut" => self.admin_user_global_sign_out(input),
            "AssociateSoftwareToken" => self.associate_software_token(input),
            "ChangePassword" => self.change_password(input),
            "CompleteWebAuthnRegistration" => self.complete_web_authn_registration(input),
            "ConfirmForgotPassword" => self.confirm_forgot_password(input),
            "ConfirmSignUp" => self.confirm_sign_up(input),
            "DeleteUser" => self.delete_user(input),
            "DeleteWebAuthnCredential" => self.delete_web_authn_credential(input),
            "ForgotPassword" => self.forgot_password(input),
            "GetTokensFromRefreshToken" => self.get_tokens_from_refresh_token(input),
            "GetUser" => self.get_user(input),
            "GetUserAttributeVerificationCode" => self.get_user_attribute_verification_code(input),
            "GetUserAuthFactors" => self.get_user_auth_factors(input),
            "GlobalSignOut" => self.global_sign_out(input),
            "ListWebAuthnCredentials" => self.list_web_authn_credentials(input),
            "ResendConfirmationCode" => self.resend_confirmation_code(input),
            "RevokeToken" => self.revoke_token(input),
            "SetUserMFAPreference" => self.set_user_mfa_preference(input),
            "SignUp" => self.sign_up(input),
            "StartWebAuthnRegistration" => self.start_web_authn_registration(input),
            "UpdateUserAttributes" => self.update_user_attributes(input),
            "VerifySoftwareToken" => self.verify_software_token(input),
            "VerifyUserAttribute" => self.verify_user_attribute(input),
            _ => Err(Exception::new("UnknownOperationException", operation)),
        }
    }

    /// Whether an operation requires AWS credentials.
    pub fn must_be_signed(operation: &str) -> bool {
        operation.starts_with("Admin")
    }
}
