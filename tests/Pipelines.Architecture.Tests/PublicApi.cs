using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Pipelines.Architecture.Tests;

/// <summary>The public surface of an assembly as lines of text, one a member, in an order that a diff reads well.</summary>
internal static class PublicApi
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
    private static readonly NullabilityInfoContext Nullability = new();

    public static IReadOnlyList<string> Of(Assembly assembly) =>
    [
        .. Types(assembly).OrderBy(type => type.FullName, StringComparer.Ordinal)
            .SelectMany(type => Members(type).Order(StringComparer.Ordinal).Select(member => $"{Name(type)}.{member}").Prepend(Head(type))),
    ];

    /// <summary>Without what the compiler makes of an extension block: its members are the static ones beside it.</summary>
    public static IEnumerable<Type> Types(Assembly assembly) => assembly.GetExportedTypes().Where(type => !type.FullName!.Contains('<', StringComparison.Ordinal));

    private static string Head(Type type)
    {
        var kind = type switch
        {
            { IsEnum: true } => "enum",
            { IsValueType: true } => "struct",
            { IsInterface: true } => "interface",
            { IsAbstract: true, IsSealed: true } => "static class",
            { IsAbstract: true } => "abstract class",
            { IsSealed: true } => "sealed class",
            _ => "class",
        };
        var parents = new[] { type.BaseType }.Where(parent => parent is not null && parent != typeof(object) && parent != typeof(ValueType) && parent != typeof(Enum))
            .Concat(type.GetInterfaces().Where(parent => parent.Assembly == type.Assembly)).Select(parent => Name(parent!)).ToList();
        return $"{kind} {type.Namespace}.{Name(type)}{(parents.Count == 0 ? "" : $" : {string.Join(", ", parents)}")}";
    }

    private static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum)
            return type.GetEnumNames().Select(name => $"{name} = {Convert.ToInt64(Enum.Parse(type, name), CultureInfo.InvariantCulture)}");
        if (typeof(Delegate).IsAssignableFrom(type))
            return [Signature(type.GetMethod("Invoke")!)];
        return type.GetFields(Declared).Where(field => field.IsPublic || field.IsFamily).Select(Field)
            .Concat(type.GetProperties(Declared).Where(property => property.GetAccessors(true).Any(Visible)).Select(Property))
            .Concat(type.GetEvents(Declared).Where(happening => Visible(happening.AddMethod!)).Select(happening => $"event {happening.Name}"))
            .Concat(type.GetConstructors(Declared).Where(Visible).Select(constructor => $"new({Parameters(constructor)})"))
            .Concat(type.GetMethods(Declared).Where(method => Visible(method) && !method.IsSpecialName && !IsGenerated(method)).Select(Signature));
    }

    private static bool Visible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    /// <summary>What every record has says nothing about this one.</summary>
    private static bool IsGenerated(MethodInfo method) =>
        method.IsDefined(typeof(CompilerGeneratedAttribute)) || method.Name.Contains('<', StringComparison.Ordinal)
        || (method.GetBaseDefinition().DeclaringType == typeof(object));

    private static string Field(FieldInfo field) =>
        $"{(field.IsLiteral ? "const " : field.IsStatic ? "static " : "")}{field.Name} : {Typed(field.FieldType, Nullability.Create(field).ReadState)}";

    private static string Property(PropertyInfo property)
    {
        var accessors = property.GetAccessors(true).Where(Visible).Select(method =>
            method.Name.StartsWith("get_", StringComparison.Ordinal) ? "get"
            : method.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? "init" : "set");
        var index = property.GetIndexParameters();
        return $"{(property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : "")}{property.Name}{(index.Length == 0 ? "" : $"[{string.Join(", ", index.Select(One))}]")} : "
            + $"{Typed(property.PropertyType, Nullability.Create(property).ReadState)} {{ {string.Join(", ", accessors)} }}";
    }

    private static string Signature(MethodInfo method)
    {
        var generic = method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(Name))}>" : "";
        var how = method.IsStatic ? "static " : method.IsAbstract && !method.DeclaringType!.IsInterface ? "abstract " : method.IsVirtual && !method.IsFinal && !method.DeclaringType!.IsInterface ? "virtual " : "";
        return $"{how}{method.Name}{generic}({Parameters(method)}) : {Typed(method.ReturnType, Nullability.Create(method.ReturnParameter).ReadState)}";
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(One));

    private static string One(ParameterInfo parameter) =>
        $"{(parameter.IsDefined(typeof(ParamArrayAttribute)) || parameter.IsDefined(typeof(ParamCollectionAttribute)) ? "params " : "")}"
        + $"{Typed(parameter.ParameterType, Nullability.Create(parameter).WriteState)} {parameter.Name}"
        + (parameter.HasDefaultValue ? $" = {Default(parameter.RawDefaultValue)}" : "");

    private static string Default(object? value) => value switch
    {
        null => "default",
        string text => $"\"{text}\"",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static string Typed(Type type, NullabilityState state) =>
        Name(type) + (state == NullabilityState.Nullable && !type.IsValueType && !type.IsGenericParameter ? "?" : "");

    private static string Name(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } value)
            return Name(value) + "?";
        if (type.IsArray)
            return Name(type.GetElementType()!) + "[]";
        if (type.IsByRef)
            return "ref " + Name(type.GetElementType()!);
        var name = type.IsGenericType ? type.Name.Split('`')[0] + $"<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : type.Name;
        return type.IsNested && !type.IsGenericParameter ? $"{Name(type.DeclaringType!)}.{name}" : name;
    }
}
