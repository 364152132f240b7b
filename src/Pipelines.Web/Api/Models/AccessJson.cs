using System.Text.Json.Nodes;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Api;

/// <summary>A user.</summary>
/// <param name="User">Their name.</param>
/// <param name="Role">What they may.</param>
/// <param name="Dags">They see these DAGs only; with 'tags' null: all.</param>
/// <param name="Tags">And those that have one of these tags.</param>
/// <param name="HasPassword">Whether they can sign in with one.</param>
/// <param name="Closed">Whether the account is closed.</param>
/// <param name="Sessions">How many browsers are signed in.</param>
/// <param name="CreatedBy">Who made the account.</param>
/// <param name="CreatedAt">When.</param>
/// <param name="SignedInAt">When they signed in last; null: never.</param>
public sealed record UserJson(
    string User, [property: OneOf(Words.Roles)] string Role, IReadOnlyList<string>? Dags, IReadOnlyList<string>? Tags, bool HasPassword, bool Closed, int Sessions, string CreatedBy,
    DateTimeOffset CreatedAt, DateTimeOffset? SignedInAt)
{
    internal static UserJson Of(AccountRow row) => new(
        row.Name, Access.Roles.Word(row.Role), row.OnlyDags, row.OnlyTags, row.HasPassword, row.Closed, row.Sessions, row.CreatedBy, row.CreatedAt, row.SignedInAt);

    internal AccountRow Port => new(0, User, Access.Roles.Kept(Role) ?? 'v', Dags, Tags, HasPassword, Closed, CreatedBy, CreatedAt, SignedInAt, Sessions);
}

/// <summary>What a user may and sees.</summary>
/// <param name="Role">What they may.</param>
/// <param name="Dags">They see these DAGs only; with 'tags' null: all.</param>
/// <param name="Tags">And those that have one of these tags.</param>
public sealed record SetUserJson([property: OneOf(Words.Roles)] string Role, IReadOnlyList<string>? Dags = null, IReadOnlyList<string>? Tags = null);

/// <summary>A new password.</summary>
/// <param name="Password">At least 12 characters.</param>
public sealed record SetPasswordJson(string Password);

/// <summary>A way in.</summary>
/// <param name="User">Whom it signs in.</param>
/// <param name="Link">The address to open, once, within 24 hours.</param>
public sealed record LinkJson(string User, string Link);

/// <summary>Who asks.</summary>
/// <param name="User">The account's name.</param>
/// <param name="Role">What may be done: the less of the account's role and the token's.</param>
/// <param name="Dags">Only these DAGs are seen; with 'tags' null: all.</param>
/// <param name="Tags">And those that have one of these tags.</param>
public sealed record MeJson(string User, [property: OneOf(Words.Roles)] string Role, IReadOnlyList<string>? Dags, IReadOnlyList<string>? Tags);

/// <summary>A token, without what it is.</summary>
/// <param name="Token">Its number.</param>
/// <param name="Name">What it is for.</param>
/// <param name="User">Whose it is.</param>
/// <param name="Role">What it may at most.</param>
/// <param name="Start">Its first characters.</param>
/// <param name="State">Whether it is good.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">When it ends.</param>
/// <param name="UsedAt">When it was used last; null: never.</param>
/// <param name="RevokedAt">When it was revoked; null: it was not.</param>
public sealed record TokenJson(
    int Token, string Name, string User, [property: OneOf(Words.Roles)] string Role, string Start, [property: OneOf("good ended revoked")] string State, DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt, DateTimeOffset? UsedAt, DateTimeOffset? RevokedAt)
{
    internal static TokenJson Of(TokenRow row) => new(
        row.TokenNo, row.Name, row.Account, Access.Roles.Word(row.Role), row.Start, row.RevokedAt is not null ? "revoked" : row.Expired ? "ended" : "good", row.CreatedAt, row.ExpiresAt, row.UsedAt,
        row.RevokedAt);

    internal TokenRow Port => new(Token, Name, User, Access.Roles.Kept(Role) ?? 'v', Start, CreatedAt, ExpiresAt, UsedAt, RevokedAt, State == "ended");
}

/// <summary>A token to be made.</summary>
/// <param name="Name">What it is for.</param>
/// <param name="User">Whose it is; null: your own.</param>
/// <param name="Role">What it may at most.</param>
/// <param name="Days">How long it is good, 1 to 366.</param>
public sealed record NewTokenJson(string Name, string? User = null, [property: OneOf(Words.Roles)] string Role = "viewer", int Days = 90);

/// <summary>A token that was made.</summary>
/// <param name="Token">Its number.</param>
/// <param name="Secret">The token itself: it is told this once.</param>
public sealed record MadeTokenJson(int Token, string Secret);

/// <summary>What somebody did.</summary>
/// <param name="Id">The entry's number.</param>
/// <param name="At">When.</param>
/// <param name="By">Who, and by which way: web:ann, cli:ann, api:ann.</param>
/// <param name="Address">From which address; null: the machine's own command line.</param>
/// <param name="What">The verb.</param>
/// <param name="Kind">To what kind of thing.</param>
/// <param name="Target">To which one.</param>
/// <param name="Why">Their reason.</param>
/// <param name="Before">How it was; null: it was not there, or nothing of it can change.</param>
/// <param name="After">How it became.</param>
/// <param name="Answer">The run or backfill that it made, or how much it changed.</param>
public sealed record AuditJson(
    long Id, DateTimeOffset At, string By, string? Address, string What, string Kind, string Target, string? Why, JsonNode? Before, JsonNode? After, JsonNode? Answer)
{
    internal static AuditJson Of(AuditRow row) => new(
        row.Id, row.At, row.Actor, row.Address, row.What, row.Kind, row.Target, row.Why, ApiJson.Parse(row.Before), ApiJson.Parse(row.After), ApiJson.Parse(row.Answer));

    internal AuditRow Port => new(Id, At, By, Address, What, Kind, Target, Why, Before?.ToJsonString(), After?.ToJsonString(), Answer?.ToJsonString());
}

/// <summary>A connection or variable.</summary>
/// <param name="Name">Its name, by which tasks ask for it.</param>
/// <param name="Value">Its value; null: it is a secret, and never told.</param>
/// <param name="Secret">Whether it is.</param>
/// <param name="About">What it is for.</param>
/// <param name="ChangedBy">Who set it last.</param>
/// <param name="ChangedAt">When.</param>
public sealed record SettingJson(string Name, string? Value, bool Secret, string? About, string ChangedBy, DateTimeOffset ChangedAt)
{
    internal static SettingJson Of(SettingRow row) => new(row.Name, row.Value, row.Secret, row.About, row.ChangedBy, row.ChangedAt);

    internal SettingRow Port => new(Name, Value, About, ChangedBy, ChangedAt);
}

/// <summary>A connection to be set.</summary>
/// <param name="Value">The connection string; it is kept encrypted, and never told again.</param>
/// <param name="About">What it is for.</param>
public sealed record SetConnectionJson(string Value, string? About = null);

/// <summary>A variable to be set.</summary>
/// <param name="Value">Its value.</param>
/// <param name="Secret">Whether it is kept encrypted, and never told again.</param>
/// <param name="About">What it is for.</param>
public sealed record SetVariableJson(string Value, bool Secret = false, string? About = null);
