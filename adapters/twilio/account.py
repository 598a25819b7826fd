"""Reads a Twilio account."""

from dataclasses import dataclass

from adapters.twilio.rest import TwilioRest


@dataclass(frozen=True)
class AccountState:
    """`status` and `type` are Twilio's values, such as `active` and `Full`."""

    status: str
    type: str


async def read_account(rest: TwilioRest) -> AccountState:
    """Reads the account.

    Raises TwilioRestError, with status 401 if the token is not the account's.
    """
    account = await rest.get("api", f"/2010-04-01/Accounts/{rest.account_sid}.json")
    return AccountState(str(account.get("status")), str(account.get("type")))
