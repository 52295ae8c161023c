using System.ComponentModel;
using System.Globalization;

namespace PolicyGateway.Forwarding;

/// <summary>One server of a cluster. In configuration a plain address will do.</summary>
[TypeConverter(typeof(FromAddress))]
internal sealed class DestinationOptions
{
    /// <summary>Base address without the API's path, such as <c>https://api.example.com</c>.</summary>
    public string Address { get; set; } = "";

    /// <summary>Its share of the requests, beside the weights of others of its priority, 1 to 1,000.</summary>
    public int Weight { get; set; } = 1;

    /// <summary>0 to 100, and 0 is asked first: a higher one only while no lower one can be asked.</summary>
    public int Priority { get; set; }

    /// <summary>Whether it is known for asking who the end user is, by a pseudonym.</summary>
    public bool TakesSafetyIdentifier => Uri.TryCreate(Address, UriKind.Absolute, out var uri) && uri.IdnHost is "api.openai.com" or "api.anthropic.com";

    /// <summary>Lets the binder take a value for the address, where it would look for an object.</summary>
    private sealed class FromAddress : TypeConverter
    {
        public override bool CanConvertFrom(ITypeDescriptorContext? context, Type sourceType) =>
            sourceType == typeof(string) || base.CanConvertFrom(context, sourceType);

        public override object? ConvertFrom(ITypeDescriptorContext? context, CultureInfo? culture, object value) =>
            value is string address ? new DestinationOptions { Address = address } : base.ConvertFrom(context, culture, value);
    }
}
