namespace NoDag;

/// <summary>A library that somebody dropped by mistake.</summary>
public sealed class Nothing;
