using System.Buffers;
using System.Collections.Frozen;

namespace PolicyGateway.Classification.Views;

/// <summary>
/// Chinese words that are written by sound: pinyin inside Chinese text, and characters of the same sound. Pinyin without
/// tones is ambiguous, so only words of a small table are read; it grows by adding pairs.
/// </summary>
internal static class Homophones
{
    private const int MaxPinyin = 14;

    /// <summary>Pinyin and what it reads as; common words only, of at least two syllables.</summary>
    private static readonly FrozenDictionary<string, string> Pinyin = Pairs(
        """
        yinhang 银行 gongsi 公司 xuexiao 学校 yiyuan 医院 jingcha 警察 zhengfu 政府 diannao 电脑 shouji 手机 wangluo 网络
        wangzhan 网站 mima 密码 zhanghao 账号 zhanghu 账户 qianbao 钱包 weixin 微信 zhifubao 支付宝 weibo 微博 ruanjian 软件
        chengxu 程序 xitong 系统 fuwuqi 服务器 shuju 数据 wenjian 文件 ziliao 资料 dizhi 地址 dianhua 电话 haoma 号码
        shenfenzheng 身份证 yaopin 药品 huaxue 化学 bingdu 病毒 yisheng 医生 laoshi 老师 xuesheng 学生 pengyou 朋友
        jiaren 家人 haizi 孩子 xiaohai 小孩 nanren 男人 nvren 女人 zenme 怎么 ruhe 如何 shenme 什么 weishenme 为什么
        zhizuo 制作 zhizao 制造 goumai 购买 xiazai 下载 anzhuang 安装 shiyong 使用 fangfa 方法 buzhou 步骤 jiaocheng 教程
        meiguo 美国 zhongguo 中国 beijing 北京 shanghai 上海 qiche 汽车 feiji 飞机 huoche 火车 chaoshi 超市 fangzi 房子
        """);

    /// <summary>Characters that are read by sound, and the usual ones.</summary>
    private static readonly FrozenDictionary<string, string> Written = Pairs(
        """
        稀饭你 喜欢你 神马东西 什么东西 为神马 为什么 肿么 怎么 盆友 朋友 童鞋们 同学们 灰常 非常 酱紫 这样子 涨姿势 长知识 
        妹纸 妹子 薇信 微信 徽信 微信 威信号 微信号 微心号 微信号 加薇 加微 扣扣号 QQ号 蔻蔻号 QQ号 支付堡 支付宝 米国 美国 银家 人家
        电恼 电脑 手鸡 手机 蜜码 密码 帐嚎 账号 账嚎 账号 网咯 网络 钱抱 钱包 银航 银行 软见 软件 资廖 资料 地只 地址 刺激战厂 刺激战场
        鸭梨山大 压力山大 蓝瘦香菇 难受想哭 砖家 专家 叫兽 教授 筒子们 同志们 内牛满面 泪流满面 楼猪 楼主
        """);

    private static readonly SearchValues<string> WrittenWords = SearchValues.Create([.. Written.Keys], StringComparison.Ordinal);

    public static TextView? Apply(string text, TextView? under, int maxLength)
    {
        if (!text.AsSpan().ContainsAnyInRange('\u3400', '\u9fff'))
        {
            return null;
        }

        var sounds = Read(text, under, maxLength);
        var source = sounds?.Text ?? text;
        var builder = new ViewBuilder(source, maxLength);
        for (var i = 0; i < source.Length;)
        {
            var next = source.AsSpan(i).IndexOfAny(WrittenWords);
            if (next < 0)
            {
                break;
            }

            i += next;
            foreach (var (word, usual) in Written)
            {
                if (string.CompareOrdinal(source, i, word, 0, word.Length) == 0)
                {
                    builder.Replace(i, word.Length, usual, OffsetStep.Whole);
                    i += word.Length - 1;
                    break;
                }
            }

            i++;
        }

        return builder.Finish(ViewNames.Homophones, sounds ?? under) ?? sounds;
    }

    /// <summary>Reads pinyin that has Chinese characters beside it, or one space away.</summary>
    private static TextView? Read(string text, TextView? under, int maxLength)
    {
        var builder = new ViewBuilder(text, maxLength);
        Span<char> letters = stackalloc char[MaxPinyin];
        var lookup = Pinyin.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var i = 0; i < text.Length;)
        {
            var start = i;
            var count = 0;
            while (i < text.Length && (char.IsAsciiLetter(text[i]) || (text[i] is ' ' or '\'' && i > start && i + 1 < text.Length && char.IsAsciiLetter(text[i + 1]))))
            {
                if (char.IsAsciiLetter(text[i]) && count++ < MaxPinyin)
                {
                    letters[count - 1] = char.ToLowerInvariant(text[i]);
                }

                i++;
            }

            if (count is > 3 and <= MaxPinyin && IsInChinese(text, start, i) && lookup.TryGetValue(letters[..count], out var word))
            {
                builder.Replace(start, i - start, word);
            }

            i = Math.Max(i, start + 1);
        }

        return builder.Finish(ViewNames.Homophones, under);
    }

    private static bool IsInChinese(string text, int start, int end)
    {
        var before = start > 1 && text[start - 1] == ' ' ? text[start - 2] : start > 0 ? text[start - 1] : ' ';
        var after = end + 1 < text.Length && text[end] == ' ' ? text[end + 1] : end < text.Length ? text[end] : ' ';
        return Characters.IsHan(before) || Characters.IsHan(after);
    }

    private static FrozenDictionary<string, string> Pairs(string table)
    {
        var words = table.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return words.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]).ToFrozenDictionary();
    }
}
