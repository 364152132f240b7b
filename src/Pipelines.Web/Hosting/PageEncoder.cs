using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace Pipelines.Web.Hosting;

/// <summary>
/// The HTML encoder of all pages. Control characters are shown as their pictures (U+0007 as ␇), and those that turn the
/// direction of text as �: names, logs and errors are hostile text, and no XML may hold controls even when encoded.
/// </summary>
internal sealed unsafe class PageEncoder : HtmlEncoder
{
    public static readonly PageEncoder Instance = new();

    private static readonly HtmlEncoder Inner = Make();

    public override int MaxOutputCharactersPerInputCharacter => Inner.MaxOutputCharactersPerInputCharacter;

    public override bool WillEncode(int unicodeScalar) => Inner.WillEncode(unicodeScalar);

    public override int FindFirstCharacterToEncode(char* text, int textLength) => Inner.FindFirstCharacterToEncode(text, textLength);

    public override bool TryEncodeUnicodeScalar(int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten)
    {
        if (Picture(unicodeScalar) is not { } picture)
            return Inner.TryEncodeUnicodeScalar(unicodeScalar, buffer, bufferLength, out numberOfCharactersWritten);
        numberOfCharactersWritten = bufferLength > 0 ? 1 : 0;
        if (bufferLength > 0)
            *buffer = picture;
        return bufferLength > 0;
    }

    private static char? Picture(int scalar) => scalar switch
    {
        '\t' or '\n' or '\r' => null,
        < 0x20 => (char)(0x2400 + scalar),
        0x7f => '␡',
        >= 0x80 and < 0xa0 or 0x200e or 0x200f or (>= 0x202a and <= 0x202e) or (>= 0x2066 and <= 0x2069) or 0xfffe or 0xffff => '�',
        _ => null,
    };

    private static HtmlEncoder Make()
    {
        var settings = new TextEncoderSettings(UnicodeRanges.All);
        settings.ForbidCharacters('\u200e', '\u200f', '\u202a', '\u202b', '\u202c', '\u202d', '\u202e', '\u2066', '\u2067', '\u2068', '\u2069');
        return Create(settings);
    }
}
