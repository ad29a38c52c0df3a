//! Authentication factors of a signed-in user.

use aws_sdk_cognitoidentityprovider::types::{
    EmailMfaSettingsType, SmsMfaSettingsType, SoftwareTokenMfaSettingsType, VerifySoftwareTokenResponseType,
};
use secrecy::{ExposeSecret, SecretString};

use super::{
    client::{Cognito, retry_idempotent},
    errors::{as_token_error, wrong_totp_code},
    parse::incomplete,
};
use crate::model::{
    caller::Caller,
    challenge::{Factor, MfaPreference},
    error::{Error, SafeMessage},
    responses::Factors,
};

impl Cognito {
    /// Factors of the caller: one `GetUserAuthFactors`.
    ///
    /// # Errors
    ///
    /// [`Error::Unauthenticated`] if Cognito rejects the token, [`Error::Cognito`] or [`Error::Unavailable`].
    pub async fn factors(&self, caller: &Caller) -> Result<Factors, Error> {
        let response = self
            .client
            .get_user_auth_factors()
            .access_token(caller.access_token.expose_secret())
            .customize()
            .config_override(retry_idempotent())
            .send()
            .await
            .map_err(|error| as_token_error(error.into()))?;
        let preferred = response.preferred_mfa_setting.as_deref();
        Ok(Factors {
            factors: Factor::among(
                &Factor::FIRST,
                response.configured_user_auth_factors.iter().flatten().map(|factor| factor.as_str()),
            ),
            mfa: Factor::among(&Factor::SECOND, response.user_mfa_setting_list.unwrap_or_default()),
            preferred: preferred.and_then(|name| Factor::named(&Factor::SECOND, name)),
        })
    }

    /// Preferred second factor of the caller: one `GetUser`.
    ///
    /// # Errors
    ///
    /// As [`Cognito::factors`].
    pub async fn preferred_second_factor(&self, caller: &Caller) -> Result<Option<Factor>, Error> {
        let preferred = self.get_user(caller).await?.preferred_mfa_setting;
        Ok(preferred.and_then(|name| Factor::named(&Factor::SECOND, &name)))
    }

    /// Secret for an authenticator app of the caller: one `AssociateSoftwareToken`.
    ///
    /// # Errors
    ///
    /// As [`Cognito::factors`], and [`Error::Internal`] if the response has no secret.
    pub async fn totp_secret(&self, caller: &Caller) -> Result<SecretString, Error> {
        let response = self
            .client
            .associate_software_token()
            .access_token(caller.access_token.expose_secret())
            .send()
            .await
            .map_err(|error| as_token_error(error.into()))?;
        response
            .secret_code
            .map(SecretString::from)
            .ok_or_else(|| incomplete("AssociateSoftwareToken", "SecretCode"))
    }

    /// Verifies the first code of the caller's authenticator app: one `VerifySoftwareToken`.
    ///
    /// # Errors
    ///
    /// As [`Cognito::factors`].
    pub async fn verify_totp(
        &self,
        caller: &Caller,
        code: &SecretString,
        device_name: Option<String>,
    ) -> Result<(), Error> {
        let response = self
            .client
            .verify_software_token()
            .access_token(caller.access_token.expose_secret())
            .user_code(code.expose_secret())
            .set_friendly_device_name(device_name)
            .send()
            .await
            .map_err(|error| as_token_error(error.into()))?;
        if response.status == Some(VerifySoftwareTokenResponseType::Success) {
            Ok(())
        } else {
            Err(wrong_totp_code())
        }
    }

    /// Enables, prefers or disables a second factor of the caller: one `SetUserMFAPreference`.
    ///
    /// # Errors
    ///
    /// As [`Cognito::factors`], and [`Error::Internal`] for a first factor.
    pub async fn set_mfa_preference(
        &self,
        caller: &Caller,
        factor: Factor,
        preference: MfaPreference,
    ) -> Result<(), Error> {
        let enabled = preference != MfaPreference::Off;
        let preferred = preference == MfaPreference::Preferred;
        let request = self.client.set_user_mfa_preference().access_token(caller.access_token.expose_secret());
        let request = match factor {
            Factor::SmsMfa => request.sms_mfa_settings(
                SmsMfaSettingsType::builder().enabled(enabled).preferred_mfa(preferred).build(),
            ),
            Factor::EmailOtp => request.email_mfa_settings(
                EmailMfaSettingsType::builder().enabled(enabled).preferred_mfa(preferred).build(),
            ),
            Factor::SoftwareToken => request.software_token_mfa_settings(
                SoftwareTokenMfaSettingsType::builder().enabled(enabled).preferred_mfa(preferred).build(),
            ),
            Factor::Password | Factor::SmsOtp | Factor::WebAuthn => {
                return Err(Error::internal(SafeMessage::from(
                    "a first factor cannot be switched on or off",
                )));
            }
        };
        let response = request.customize().config_override(retry_idempotent()).send().await;
        response.map(drop).map_err(|error| as_token_error(error.into()))
    }
}
